// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// A service that is well, 200 on /, once its database answers, and 503 until then.

import { createServer } from "node:http";
import { Database } from "./database.js";

const database = new Database(process.env.DATABASE_SECRET_ID);
let last; // what was said last: its log says each change once

async function health() {
  try {
    await database.greet();
    return { status: "UP" };
  } catch (error) {
    return { status: "DOWN", reason: error.message || error.name };
  }
}

const server = createServer(async (request, response) => {
  const found = request.url === "/";
  const said = found ? await health() : { status: "NOT FOUND" };
  if (found && said.reason !== last?.reason) console.log(JSON.stringify({ time: new Date().toISOString(), ...said }));
  if (found) last = said;
  response.writeHead(found ? (said.status === "UP" ? 200 : 503) : 404, { "Content-Type": "application/json" });
  response.end(JSON.stringify(said));
});

server.listen(Number(process.env.PORT ?? 3000), () => console.log(JSON.stringify({ time: new Date().toISOString(), listening: server.address().port })));

for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => server.close(() => process.exit(0)));
