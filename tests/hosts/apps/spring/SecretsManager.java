// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * GetSecretValue, signed as every call to AWS is: what the SDK does, on the JDK alone. Region, endpoint and credentials are found as the SDK finds them.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
final class SecretsManager {
    private static final String SERVICE = "secretsmanager";
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE).build();
    private final Credentials credentials = new Credentials(http);

    /** What the secret holds; throws with AWS's code where it is not given. */
    String value(String secretId) throws IOException {
        String region = System.getenv("AWS_REGION");
        if (region == null) {
            throw new IOException("AWS_REGION is not set");
        }
        String body = "{\"SecretId\":" + Json.quoted(secretId) + "}";
        HttpResponse<String> answer = send(signed(endpoint(region), region, body, credentials.get()));
        Map<String, Object> said = Json.object(answer.body());
        if (answer.statusCode() != 200) {
            String code = String.valueOf(said.get("__type"));
            throw new IOException("Secrets Manager says " + code.substring(code.indexOf('#') + 1));
        }
        return String.valueOf(said.get("SecretString"));
    }

    private HttpResponse<String> send(HttpRequest request) throws IOException {
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", error);
        } catch (IOException error) {
            throw new IOException("Secrets Manager cannot be reached: " + error, error);
        }
    }

    private static URI endpoint(String region) {
        for (String name : new String[] {"AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_ENDPOINT_URL"}) {
            if (System.getenv(name) != null) {
                return URI.create(System.getenv(name)).resolve("/");
            }
        }
        return URI.create("https://" + SERVICE + "." + region + ".amazonaws.com/");
    }

    private static HttpRequest signed(URI endpoint, String region, String body, Credentials.Key key) throws IOException {
        String time = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC).format(Instant.now());
        Map<String, String> headers = new TreeMap<>(Map.of(
            "content-type", "application/x-amz-json-1.1", "host", endpoint.getAuthority(), "x-amz-date", time, "x-amz-target", SERVICE + ".GetSecretValue"));
        if (key.token() != null) {
            headers.put("x-amz-security-token", key.token());
        }
        String names = String.join(";", headers.keySet());
        String lines = headers.entrySet().stream().map(one -> one.getKey() + ":" + one.getValue() + "\n").collect(Collectors.joining());
        String day = time.substring(0, 8);
        String scope = String.join("/", day, region, SERVICE, "aws4_request");
        try {
            String canonical = String.join("\n", "POST", "/", "", lines, names, hash(body));
            String toSign = String.join("\n", "AWS4-HMAC-SHA256", time, scope, hash(canonical));
            byte[] signing = ("AWS4" + key.secret()).getBytes(StandardCharsets.UTF_8);
            for (String part : scope.split("/")) {
                signing = hmac(signing, part);
            }
            String signature = HexFormat.of().formatHex(hmac(signing, toSign));
            HttpRequest.Builder request = HttpRequest.newBuilder(endpoint).timeout(PATIENCE).POST(HttpRequest.BodyPublishers.ofString(body));
            headers.forEach((name, value) -> {
                if (!name.equals("host")) { // the client says that itself
                    request.header(name, value);
                }
            });
            String who = "Credential=" + key.id() + "/" + scope + ", SignedHeaders=" + names + ", Signature=" + signature;
            return request.header("Authorization", "AWS4-HMAC-SHA256 " + who).build();
        } catch (GeneralSecurityException error) {
            throw new IOException("the request could not be signed", error);
        }
    }

    private static String hash(String text) throws GeneralSecurityException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static byte[] hmac(byte[] key, String text) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    }
}
