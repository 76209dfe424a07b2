// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// Whether the database answers whose place and password a secret says.

import { connect } from "node:net";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

const PATIENCE = 2000; // milliseconds
const PROTOCOL = 10; // https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_v10.html

/** Region and credentials are found by the SDK: those of the instance's role, on a host. */
export class Database {
  #client = new SecretsManagerClient({});
  #secretId;

  constructor(secretId) {
    this.#secretId = secretId;
  }

  /** Resolves once the database has greeted; rejects with what it did instead, which says nothing of the secret's content but its place. */
  async greet() {
    const { host, port } = await this.#secret();
    await greeting(host, Number(port));
  }

  /** Read each time: a rotation changes it behind the application's back. */
  async #secret() {
    if (!this.#secretId) throw new Error("DATABASE_SECRET_ID is not set");
    const answer = await this.#client.send(new GetSecretValueCommand({ SecretId: this.#secretId }));
    return JSON.parse(answer.SecretString);
  }
}

/** MySQL speaks first: three bytes of length, one of sequence, and then its protocol's version, or 255 when it refuses. */
function greeting(host, port) {
  return new Promise((resolve, reject) => {
    let heard = Buffer.alloc(0);
    const socket = connect({ host, port });
    const end = (settle, value) => (socket.destroy(), settle(value));
    socket.setTimeout(PATIENCE, () => end(reject, new Error("the database does not answer")));
    socket.on("error", (error) => end(reject, new Error(`the database cannot be reached: ${error.code}`)));
    socket.on("close", () => reject(new Error("the database hung up")));
    socket.on("data", (part) => {
      heard = Buffer.concat([heard, part]);
      if (heard.length < 5) return;
      if (heard[4] === PROTOCOL) end(resolve);
      else end(reject, new Error("the database refuses, or is none"));
    });
  });
}
