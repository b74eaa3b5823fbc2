/** dbus-next finds the package as `usocket`, and greets a bus by it. */

const { createRequire } = require("node:module");
const { UServer } = createRequire(require.resolve("dbus-next"))("usocket");
const dbus = require("dbus-next");

const name = `fdready-${crypto.randomUUID()}`;
const server = new UServer();
server.listen(`\0${name}`, () => {
  const bus = dbus.sessionBus({ busAddress: `unix:abstract=${name}`, negotiateUnixFd: true });
  bus.on("error", (error) => console.log("error:", error.message));
  server.once("connection", (connection) => {
    connection.once("data", (greeting) => {
      console.log("greeting:", /AUTH EXTERNAL/.exec(String(greeting))?.[0]);
      connection.destroy();
      server.close();
      bus.disconnect();
    });
  });
});
