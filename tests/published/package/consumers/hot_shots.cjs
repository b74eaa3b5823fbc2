// Sends a metric with hot-shots, which loads "unix-dgram".
const { StatsD } = require("hot-shots");
const { createSocket } = require("unix-dgram");

const path = `\0statsd-${process.pid}`;
const agent = createSocket("unix_dgram", (data) => {
  console.log("metric:", String(data));
  agent.close();
  client.close();
});
agent.bind(path);
const client = new StatsD({ protocol: "uds", path });
client.increment("page.views");
