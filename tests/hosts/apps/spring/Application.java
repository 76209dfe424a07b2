// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.Executors;

/** A service that is well, 200 on /actuator/health, once its database answers, and 503 until then. Its environment is that of a Spring Boot application. */
public final class Application {
    private static final String HEALTH = "/actuator/health";
    private final PrintStream log;
    private final Database database = new Database(new SecretsManager(), System.getenv("DATABASE_SECRET_ID"));
    private String last = ""; // what was said last: its log says each change once

    private Application(PrintStream log) {
        this.log = log;
    }

    public static void main(String[] arguments) throws IOException {
        String file = System.getenv("LOGGING_FILE_NAME");
        PrintStream log = file == null ? System.out
            : new PrintStream(Files.newOutputStream(Path.of(file), StandardOpenOption.CREATE, StandardOpenOption.APPEND), true, StandardCharsets.UTF_8);
        int port = Integer.parseInt(Objects.requireNonNullElse(System.getenv("SERVER_PORT"), "8080"));
        HttpServer server = HttpServer.create(new InetSocketAddress(port), 0);
        server.setExecutor(Executors.newFixedThreadPool(4));
        server.createContext("/", new Application(log)::answer);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> server.stop(1)));
        server.start();
        log.println("{\"time\":\"" + Instant.now() + "\",\"listening\":" + server.getAddress().getPort() + "}");
    }

    private void answer(HttpExchange exchange) throws IOException {
        boolean found = exchange.getRequestURI().getPath().equals(HEALTH);
        String said = found ? health() : "{\"status\":\"NOT FOUND\"}";
        byte[] body = said.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(!found ? 404 : said.contains("\"UP\"") ? 200 : 503, body.length);
        try (exchange) {
            exchange.getResponseBody().write(body);
        }
    }

    private String health() {
        String said;
        try {
            database.greet();
            said = "{\"status\":\"UP\"}";
        } catch (IOException | RuntimeException error) {
            said = "{\"status\":\"DOWN\",\"reason\":" + Json.quoted(String.valueOf(error.getMessage())) + "}";
        }
        tell(said);
        return said;
    }

    private synchronized void tell(String said) {
        if (!said.equals(last)) {
            last = said;
            log.println("{\"time\":\"" + Instant.now() + "\"," + said.substring(1));
        }
    }
}
