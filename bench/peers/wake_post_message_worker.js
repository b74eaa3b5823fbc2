// The Worker of wake_post_message.js: sends, and posts the time of a call, in ns.

self.onmessage = ({ data: wakeups }) => {
  const start = performance.now();
  for (let i = 0; i < wakeups; i++) self.postMessage(0);
  self.postMessage({ perCall: (performance.now() - start) * 1e6 / wakeups });
};
self.postMessage("ready");
