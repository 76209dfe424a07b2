// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** JSON (RFC 8259), which the JDK has nothing for. Numbers, true, false and null are kept as they are written. */
final class Json {
    private final String text;
    private int at;

    private Json(String text) {
        this.text = text;
    }

    /** Throws IllegalArgumentException for what is no object; the text, which may be a secret, is not in it. */
    static Map<String, Object> object(String text) {
        Json json = new Json(text);
        try {
            if (json.value() instanceof Map<?, ?> found) {
                Map<String, Object> members = new LinkedHashMap<>();
                found.forEach((name, value) -> members.put((String) name, value));
                return members;
            }
        } catch (StringIndexOutOfBoundsException | NumberFormatException | ClassCastException error) {
            // as below
        }
        throw new IllegalArgumentException("no JSON object at character " + json.at);
    }

    static String quoted(String text) {
        StringBuilder said = new StringBuilder("\"");
        for (char one : text.toCharArray()) {
            said.append(one == '"' || one == '\\' ? "\\" + one : one < ' ' ? String.format("\\u%04x", (int) one) : String.valueOf(one));
        }
        return said.append('"').toString();
    }

    private Object value() {
        return switch (next()) {
            case '{' -> members();
            case '[' -> elements();
            case '"' -> string();
            default -> word();
        };
    }

    private Map<String, Object> members() {
        Map<String, Object> found = new LinkedHashMap<>();
        for (at++; next() != '}'; skip(',')) {
            String name = string();
            next();
            at++; // the colon
            found.put(name, value());
        }
        at++;
        return found;
    }

    private List<Object> elements() {
        List<Object> found = new ArrayList<>();
        for (at++; next() != ']'; skip(',')) {
            found.add(value());
        }
        at++;
        return found;
    }

    private String string() {
        StringBuilder said = new StringBuilder();
        for (at++; text.charAt(at) != '"'; at++) {
            said.append(text.charAt(at) == '\\' ? escaped() : text.charAt(at));
        }
        at++;
        return said.toString();
    }

    private char escaped() {
        char one = text.charAt(++at);
        if (one == 'u') {
            at += 4;
            return (char) Integer.parseInt(text.substring(at - 3, at + 1), 16);
        }
        int known = "bfnrt".indexOf(one);
        return known < 0 ? one : "\b\f\n\r\t".charAt(known);
    }

    private String word() {
        int start = at;
        while (at < text.length() && ",]} \t\r\n".indexOf(text.charAt(at)) < 0) {
            at++;
        }
        if (at == start) {
            throw new NumberFormatException();
        }
        return text.substring(start, at);
    }

    private char next() {
        while (" \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        return text.charAt(at);
    }

    private void skip(char one) {
        if (next() == one) {
            at++;
        }
    }
}
