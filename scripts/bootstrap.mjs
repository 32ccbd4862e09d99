// Runs before `npm start`, `npm test` and `npm run demo` under whatever Node is on the PATH, before anything is installed:
// no dependency, and syntax that an old Node can still read, so that it can say that it is too old.
var OLDEST_NODE = 20;

if (Number(process.versions.node.split(".")[0]) < OLDEST_NODE) {
  console.error(`4EVER needs Node ${OLDEST_NODE} or newer to start; this is ${process.version} (https://nodejs.org).`);
  process.exitCode = 1;
} else {
  import("./install.mjs")
    .then((install) => install.ensureInstalled())
    .catch((error) => {
      console.error(error.name === "InstallFailed" ? `\n${error.message}` : error);
      process.exitCode = 1;
    });
}
