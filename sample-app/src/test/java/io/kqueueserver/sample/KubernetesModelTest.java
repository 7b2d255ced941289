package io.kqueueserver.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * The manifests of deploy/kubernetes against classes generated from the API's OpenAPI, and from the
 * resource definitions of the Prometheus operator: every field exists there, with a value of its
 * type. Which strings are allowed, and which fields must be there, the classes do not say.
 */
class KubernetesModelTest {
  private static final Path MANIFESTS = Path.of("..", "deploy", "kubernetes");

  private static final Map<String, Class<? extends HasMetadata>> KINDS =
      Map.of(
          "apps/v1 Deployment", Deployment.class,
          "v1 Service", Service.class,
          "autoscaling/v2 HorizontalPodAutoscaler", HorizontalPodAutoscaler.class,
          "networking.k8s.io/v1 NetworkPolicy", NetworkPolicy.class,
          "policy/v1 PodDisruptionBudget", PodDisruptionBudget.class,
          "monitoring.coreos.com/v1 ServiceMonitor", ServiceMonitor.class);

  /** The classes keep fields that they do not know; here those are an error. */
  private static final JsonMapper STRICT =
      JsonMapper.builder()
          .annotationIntrospector(
              new JacksonAnnotationIntrospector() {
                private static final long serialVersionUID = 1;

                @Override
                public Boolean hasAnySetter(Annotated annotated) {
                  return false;
                }
              })
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .build();

  private static HasMetadata read(Object document) {
    Map<?, ?> manifest = (Map<?, ?>) document;
    String kind = manifest.get("apiVersion") + " " + manifest.get("kind");
    assertThat(KINDS).as("kinds with a class").containsKey(kind);
    return STRICT.convertValue(manifest, KINDS.get(kind));
  }

  private static Iterable<Object> documents(String yaml) {
    return new Yaml(new SafeConstructor(new LoaderOptions())).loadAll(yaml);
  }

  @TestFactory
  List<DynamicTest> everyFieldIsOneOfTheApi() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    try (Stream<Path> files = Files.list(MANIFESTS)) {
      for (Path file : files.sorted().toList()) {
        for (Object document : documents(Files.readString(file))) {
          tests.add(
              DynamicTest.dynamicTest(
                  file.getFileName() + " " + ((Map<?, ?>) document).get("kind"),
                  () -> assertThat(read(document).getMetadata().getName()).startsWith("sample")));
        }
      }
    }
    assertThat(tests).hasSizeGreaterThanOrEqualTo(KINDS.size());
    return tests;
  }

  @ParameterizedTest
  @CsvSource({
    "deployment.yaml, terminationGracePeriodSeconds: 60, terminationGracePeriod: 60",
    "deployment.yaml, runAsUser: 10001, runAsUser: root",
    "deployment.yaml, readOnlyRootFilesystem: true, readOnlyRootFileSystem: true",
    "deployment.yaml, 'port: management}', 'port: management, timeout: 1}'",
    "service.yaml, targetPort: http, targetport: http",
    "horizontalpodautoscaler.yaml, maxReplicas: 12, maximumReplicas: 12",
    "horizontalpodautoscaler.yaml, stabilizationWindowSeconds: 300, stabilizationWindowSeconds: 5m",
    "networkpolicy.yaml, podSelector:, podSelectors:",
    "poddisruptionbudget.yaml, maxUnavailable: 1, maximumUnavailable: 1",
    "servicemonitor.yaml, interval: 15s, intervall: 15s"
  })
  void aFieldThatIsNoneOrOfAnotherTypeIsFound(String file, String right, String wrong)
      throws IOException {
    String yaml = Files.readString(MANIFESTS.resolve(file));
    assertThat(yaml).contains(right);
    assertThatThrownBy(
            () -> documents(yaml.replace(right, wrong)).forEach(KubernetesModelTest::read))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageMatching("(?s)(Unrecognized field|Cannot deserialize|Cannot coerce).*");
  }

  @Test
  void aKindWithoutAClassIsFound() {
    assertThatThrownBy(() -> read(Map.of("apiVersion", "v1", "kind", "Deployment")))
        .isInstanceOf(AssertionError.class);
  }
}
