package io.kqueueserver.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.boot.convert.DurationStyle;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * The files of deploy/ fit together, and every setting in them exists. That the fields of the
 * manifests are those of Kubernetes is {@link KubernetesModelTest}'s.
 */
class DeploymentFilesTest {
  private static final Path DEPLOY = Path.of("..", "deploy");
  private static final Pattern FLAG = Pattern.compile("--((?:[a-z0-9-]+\\.)+[a-z0-9-]+)=");
  private static final Pattern UNIT_ENVIRONMENT = Pattern.compile("(?m)^Environment=([A-Z0-9_]+)=");

  private final Map<String, Node> manifests = manifests();

  /** A value of YAML, by its path. A path that leads nowhere fails the test. */
  private record Node(Object value) {
    Node at(Object... path) {
      Object current = value;
      for (Object step : path) {
        if (step instanceof Integer index) {
          current = ((List<?>) current).get(index);
        } else {
          assertThat(current).isInstanceOf(Map.class);
          assertThat(((Map<?, ?>) current).get(step)).as("%s of %s", step, current).isNotNull();
          current = ((Map<?, ?>) current).get(step);
        }
      }
      return new Node(current);
    }

    Stream<Node> each() {
      return ((List<?>) value).stream().map(Node::new);
    }

    String text() {
      return String.valueOf(value);
    }
  }

  private static Map<String, Node> manifests() {
    Map<String, Node> found = new TreeMap<>();
    Yaml yaml = new Yaml(new SafeConstructor(new LoaderOptions())); // refuses a key that is twice
    try (Stream<Path> files = Files.list(DEPLOY.resolve("kubernetes"))) {
      for (Path file : files.sorted().toList()) {
        for (Object document : yaml.loadAll(Files.readString(file))) {
          Node node = new Node(document);
          found.put(node.at("kind").text() + "/" + node.at("metadata", "name").text(), node);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return found;
  }

  @Test
  void thereIsOneOfEachKindWithTheVersionOfItsApi() {
    Map<String, String> versions = new HashMap<>();
    manifests.forEach((name, node) -> versions.put(name, node.at("apiVersion").text()));
    assertThat(versions)
        .isEqualTo(
            Map.of(
                "Deployment/sample", "apps/v1",
                "Service/sample", "v1",
                "Service/sample-management", "v1",
                "PodDisruptionBudget/sample", "policy/v1",
                "HorizontalPodAutoscaler/sample", "autoscaling/v2",
                "ServiceMonitor/sample", "monitoring.coreos.com/v1",
                "NetworkPolicy/sample", "networking.k8s.io/v1"));
  }

  @Test
  void selectorsMeetTheLabelsOfPodsAndPortsTheirNames() {
    Node pod = manifest("Deployment").at("spec", "template");
    Object labels = pod.at("metadata", "labels").value();
    assertThat(manifest("Deployment").at("spec", "selector", "matchLabels").value())
        .isEqualTo(labels);
    assertThat(manifest("PodDisruptionBudget").at("spec", "selector", "matchLabels").value())
        .isEqualTo(labels);
    assertThat(manifest("NetworkPolicy").at("spec", "podSelector", "matchLabels").value())
        .isEqualTo(labels);
    Set<String> ports = new TreeSet<>();
    container().at("ports").each().forEach(port -> ports.add(port.at("name").text()));
    for (String service : List.of("Service/sample", "Service/sample-management")) {
      assertThat(manifests.get(service).at("spec", "selector").value()).isEqualTo(labels);
      assertThat(ports)
          .contains(manifests.get(service).at("spec", "ports", 0, "targetPort").text());
    }
    manifest("NetworkPolicy")
        .at("spec", "ingress")
        .each()
        .forEach(rule -> assertThat(ports).contains(rule.at("ports", 0, "port").text()));
    Node watched = manifests.get("Service/sample-management");
    assertThat(watched.at("metadata", "labels").value())
        .isEqualTo(manifest("ServiceMonitor").at("spec", "selector", "matchLabels").value());
    assertThat(watched.at("spec", "ports", 0, "name").text())
        .isEqualTo(manifest("ServiceMonitor").at("spec", "endpoints", 0, "port").text());
    for (String probe : List.of("startupProbe", "readinessProbe", "livenessProbe")) {
      assertThat(ports).contains(container().at(probe, "httpGet", "port").text());
    }
    assertThat(manifest("HorizontalPodAutoscaler").at("spec", "scaleTargetRef", "name").text())
        .isEqualTo("sample");
  }

  @Test
  void everySettingIsAPropertyThatExists() throws IOException {
    List<String> unknown = new ArrayList<>();
    Map<String, String> known = new TreeMap<>();
    for (PropertyMetadata metadata :
        List.of(PropertyMetadata.ours(), PropertyMetadata.springBoots())) {
      metadata.properties().forEach((name, property) -> known.put(name, property.type()));
    }
    Set<String> variables = new TreeSet<>(environment().keySet());
    variables.remove("JAVA_TOOL_OPTIONS");
    Matcher unit = UNIT_ENVIRONMENT.matcher(read("systemd/sample@.service"));
    while (unit.find()) {
      variables.add(unit.group(1));
    }
    for (String variable : variables) {
      if (known.entrySet().stream().noneMatch(property -> isSetBy(variable, property))) {
        unknown.add(variable);
      }
    }
    for (String file : List.of("rolling-restart", "systemd/sample@.service")) {
      Matcher flag = FLAG.matcher(read(file));
      while (flag.find()) {
        if (!known.containsKey(flag.group(1))) {
          unknown.add(flag.group(1));
        }
      }
    }
    assertThat(unknown).isEmpty();
  }

  private static boolean isSetBy(String variable, Map.Entry<String, String> property) {
    String name = property.getKey().replace("-", "").replace('.', '_').toUpperCase(Locale.ROOT);
    boolean isMap = property.getValue().startsWith("java.util.Map");
    return isMap ? variable.startsWith(name + "_") : variable.equals(name);
  }

  @Test
  void theStepsOfAShutdownFitIntoEachOther() {
    Map<String, String> environment = environment();
    Duration accept = duration(environment.get("KQUEUE_SERVER_SHUTDOWN_ACCEPTPERIOD"));
    Duration phase = duration(environment.get("SPRING_LIFECYCLE_TIMEOUTPERSHUTDOWNPHASE"));
    Node pod = manifest("Deployment").at("spec", "template", "spec");
    long grace = Long.parseLong(pod.at("terminationGracePeriodSeconds").text());
    Node readiness = container().at("readinessProbe");
    long noticed =
        Long.parseLong(readiness.at("periodSeconds").text())
            * Long.parseLong(readiness.at("failureThreshold").text());
    assertThat(accept).isLessThan(phase).isGreaterThan(Duration.ofSeconds(noticed));
    assertThat(Duration.ofSeconds(grace)).isGreaterThan(phase);
    assertThat(((Map<?, ?>) container().value()).containsKey("lifecycle")).as("preStop").isFalse();
  }

  @Test
  void theContainerMayDoNothingItNeedNot() {
    Node pod = manifest("Deployment").at("spec", "template", "spec");
    assertThat(pod.at("securityContext", "runAsNonRoot").value()).isEqualTo(true);
    Node context = container().at("securityContext");
    assertThat(context.at("readOnlyRootFilesystem").value()).isEqualTo(true);
    assertThat(context.at("allowPrivilegeEscalation").value()).isEqualTo(false);
    assertThat(context.at("capabilities", "drop", 0).text()).isEqualTo("ALL");
    Set<String> volumes = new TreeSet<>();
    pod.at("volumes").each().forEach(volume -> volumes.add(volume.at("name").text()));
    Set<String> paths = new TreeSet<>();
    container()
        .at("volumeMounts")
        .each()
        .forEach(
            mount -> {
              assertThat(volumes).contains(mount.at("name").text());
              paths.add(mount.at("mountPath").text());
            });
    // Where the native library is unpacked to; docs/platforms.md.
    Matcher folder =
        Pattern.compile("jffi\\.extract\\.dir=(\\S+)")
            .matcher(environment().get("JAVA_TOOL_OPTIONS"));
    assertThat(folder.find()).isTrue();
    assertThat(paths).contains(folder.group(1));
  }

  @Test
  void theAutoscalerReadsAMeterThatExists() throws IOException {
    String metric =
        manifest("HorizontalPodAutoscaler")
            .at("spec", "metrics", 0, "pods", "metric", "name")
            .text();
    assertThat(Files.readString(Path.of("..", "docs", "metrics.md")))
        .contains("`" + metric.replace('_', '.') + "`");
  }

  private Node manifest(String kind) {
    return manifests.get(kind + "/sample");
  }

  private Node container() {
    return manifest("Deployment").at("spec", "template", "spec", "containers", 0);
  }

  private Map<String, String> environment() {
    Map<String, String> environment = new TreeMap<>();
    container()
        .at("env")
        .each()
        .forEach(entry -> environment.put(entry.at("name").text(), entry.at("value").text()));
    return environment;
  }

  private static Duration duration(String text) {
    return DurationStyle.detectAndParse(text);
  }

  private static String read(String file) throws IOException {
    return Files.readString(DEPLOY.resolve(file));
  }
}
