package io.kqueueserver.benchmarks.compare;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Every value of every round as JSON, for other statistics. */
final class ResultFile {
  private ResultFile() {}

  static String of(Results results, Map<String, Object> conditions) {
    List<Object> cells = new ArrayList<>();
    results
        .all()
        .forEach(
            (key, values) -> {
              Map<String, Object> cell = new LinkedHashMap<>();
              cell.put("metric", key.metric().name());
              cell.put("row", key.row());
              cell.put("server", key.contender().id());
              cell.put("valid", results.isValid(key.row(), key.contender()));
              // JSON has no NaN: a round without value is null.
              cell.put(
                  "rounds",
                  Arrays.stream(values).mapToObj(v -> Double.isFinite(v) ? v : null).toList());
              cells.add(cell);
            });
    Map<String, Object> file = new LinkedHashMap<>(conditions);
    file.put("cells", cells);
    file.put("faults", results.faults());
    return JsonMapper.builder()
        .enable(SerializationFeature.INDENT_OUTPUT)
        .build()
        .writeValueAsString(file);
  }
}
