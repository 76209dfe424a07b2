// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;

/**
 * The environment's, or those of the instance's role, by IMDSv2, renewed before they end.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html
 */
final class Credentials {
    record Key(String id, String secret, String token, Instant until) {}

    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final Duration EARLY = Duration.ofMinutes(5);
    private static final String ROLES = "/latest/meta-data/iam/security-credentials/";
    private final HttpClient http;
    private final String metadata = Objects.requireNonNullElse(System.getenv("AWS_EC2_METADATA_SERVICE_ENDPOINT"), "http://169.254.169.254");
    private Key kept;

    Credentials(HttpClient http) {
        this.http = http;
    }

    /** Throws where there are none. */
    synchronized Key get() throws IOException {
        if (System.getenv("AWS_ACCESS_KEY_ID") != null) {
            return new Key(System.getenv("AWS_ACCESS_KEY_ID"), System.getenv("AWS_SECRET_ACCESS_KEY"), System.getenv("AWS_SESSION_TOKEN"), Instant.MAX);
        }
        if (kept == null || Instant.now().isAfter(kept.until().minus(EARLY))) {
            kept = ofTheRole();
        }
        return kept;
    }

    private Key ofTheRole() throws IOException {
        String token = ask(HttpRequest.newBuilder(URI.create(metadata + "/latest/api/token"))
            .header("X-aws-ec2-metadata-token-ttl-seconds", "300").PUT(HttpRequest.BodyPublishers.noBody()));
        String role = ask(HttpRequest.newBuilder(URI.create(metadata + ROLES)).header("X-aws-ec2-metadata-token", token)).strip();
        Map<String, Object> said = Json.object(ask(HttpRequest.newBuilder(URI.create(metadata + ROLES + role)).header("X-aws-ec2-metadata-token", token)));
        return new Key((String) said.get("AccessKeyId"), (String) said.get("SecretAccessKey"), (String) said.get("Token"),
            Instant.parse((String) said.get("Expiration")));
    }

    private String ask(HttpRequest.Builder request) throws IOException {
        try {
            HttpResponse<String> answer = http.send(request.timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new IOException("status " + answer.statusCode());
            }
            return answer.body();
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", error);
        } catch (IOException error) {
            throw new IOException("no credentials: the instance's metadata service says " + error, error);
        }
    }
}
