// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Map;

/** Whether the database answers whose place and password a secret says. */
final class Database {
    private static final int PATIENCE = 2000; // milliseconds
    // https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_v10.html
    private static final int PROTOCOL = 10;
    private final SecretsManager secrets;
    private final String secretId;

    Database(SecretsManager secrets, String secretId) {
        this.secrets = secrets;
        this.secretId = secretId;
    }

    /** Returns once the database has greeted; throws what it did instead, which says nothing of the secret's content but its place. */
    void greet() throws IOException {
        if (secretId == null) {
            throw new IOException("DATABASE_SECRET_ID is not set");
        }
        // Read each time: a rotation changes it behind the application's back.
        Map<String, Object> secret = Json.object(secrets.value(secretId));
        String host = String.valueOf(secret.get("host"));
        int port = Integer.parseInt(String.valueOf(secret.get("port")));
        try (Socket socket = new Socket()) {
            socket.setSoTimeout(PATIENCE);
            socket.connect(new InetSocketAddress(host, port), PATIENCE);
            // It speaks first: three bytes of length, one of sequence, and then its protocol's version, or 255 when it refuses.
            byte[] heard = socket.getInputStream().readNBytes(5);
            if (heard.length < 5) {
                throw new EOFException("it hung up");
            }
            if (heard[4] != PROTOCOL) {
                throw new IOException("it refuses, or is none");
            }
        } catch (IOException error) {
            throw new IOException("the database at " + host + ":" + port + " does not answer: " + error.getMessage(), error);
        }
    }
}
