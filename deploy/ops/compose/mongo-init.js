// Joins the three servers and makes the user that the service logs in as. Run again it changes nothing.
const members = ["mongo-1", "mongo-2", "mongo-3"].map((host, place) => ({
  _id: place,
  host: `${host}:27017`,
  // Users are made from the machine of the primary alone while there are none.
  priority: place === 0 ? 2 : 1,
}));

function begin() {
  try {
    rs.initiate({ _id: "minxin", members });
  } catch (error) {
    if (!["AlreadyInitialized", "Unauthorized"].includes(error.codeName)) throw error;
  }
}

function makeUser(password) {
  const roles = [{ role: "readWrite", db: "minxin" }];
  try {
    db.getSiblingDB("admin").createUser({ user: "minxin", pwd: password, roles });
  } catch (error) {
    // 51003: there is one of this name. Once a user exists, nobody comes in without a password.
    if (error.code !== 51003 && error.codeName !== "Unauthorized") throw error;
  }
}

begin();
for (let tries = 0; !db.hello().isWritablePrimary; tries += 1) {
  if (tries > 120) throw new Error("no primary after two minutes");
  sleep(1000);
}
makeUser(require("fs").readFileSync("/run/secrets/mongo_password", "utf8").trim());
