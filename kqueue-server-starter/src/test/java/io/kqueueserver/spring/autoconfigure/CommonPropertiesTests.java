package io.kqueueserver.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.kqueueserver.spring.KqueueWebServer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.assertj.AssertableReactiveWebApplicationContext;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.web.server.reactive.context.AnnotationConfigReactiveWebServerApplicationContext;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.web.server.adapter.ForwardedHeaderTransformer;
import reactor.core.publisher.Mono;

/**
 * The {@code server.*} keys every reactive server meets, as a client sees them, but for TLS,
 * HTTP/2, compression and shutdown.
 */
class CommonPropertiesTests {
  private final HttpClient client = HttpClient.newHttpClient();
  private final ReactiveWebApplicationContextRunner contexts =
      new ReactiveWebApplicationContextRunner(
              AnnotationConfigReactiveWebServerApplicationContext::new)
          .withConfiguration(AutoConfigurations.of(KqueueServerAutoConfiguration.class))
          .withUserConfiguration(Handler.class)
          .withPropertyValues("server.port=0", "kqueue.server.loops=1");

  // ---- port and address

  @Test
  void portZeroIsOneTheSystemPicks() {
    contexts.run(context -> assertThat(port(context)).isPositive());
  }

  @Test
  void aNegativePortMeansNoListening() {
    contexts
        .withPropertyValues("server.port=-1")
        .run(context -> assertThat(port(context)).isEqualTo(-1));
  }

  @Test
  void onlyTheAddressIsListenedOn() throws Exception {
    InetAddress other =
        NetworkInterface.networkInterfaces()
            .flatMap(NetworkInterface::inetAddresses)
            .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
            .findFirst()
            .orElse(null);
    Assumptions.assumeTrue(other != null, "no address besides loopback: nothing to refuse");
    contexts
        .withPropertyValues("server.address=127.0.0.1")
        .run(
            context -> {
              assertThat(get(context).statusCode()).isEqualTo(200);
              assertThatExceptionOfType(ConnectException.class)
                  .isThrownBy(() -> new Socket(other, port(context)).close());
            });
  }

  // ---- server-header

  @Test
  void noServerHeaderIsSentUnlessAskedFor() {
    contexts.run(context -> assertThat(get(context).headers().firstValue("Server")).isEmpty());
  }

  @Test
  void theServerHeaderIsSentIfAskedFor() {
    contexts
        .withPropertyValues("server.server-header=Front")
        .run(
            context ->
                assertThat(get(context).headers().allValues("Server")).containsExactly("Front"));
  }

  @Test
  void theApplicationsServerHeaderWins() {
    contexts
        .withPropertyValues("server.server-header=Front")
        .run(
            context ->
                assertThat(get(context, "X-Server", "Own").headers().allValues("Server"))
                    .containsExactly("Own"));
  }

  // ---- max-http-request-header-size

  @Test
  void aHeaderBlockBeyondTheLimitIs431AndTheConnectionCloses() {
    contexts
        .withPropertyValues("server.max-http-request-header-size=1KB")
        .run(
            context -> {
              assertThat(get(context, "X-Long", "a".repeat(700)).statusCode()).isEqualTo(200);
              HttpResponse<String> refused = get(context, "X-Long", "a".repeat(1024));
              assertThat(refused.statusCode()).isEqualTo(431);
              assertThat(refused.headers().firstValue("Connection")).contains("close");
            });
  }

  @Test
  void theLimitIs8KbUnlessSet() {
    contexts.run(
        context -> {
          assertThat(get(context, "X-Long", "a".repeat(7 * 1024)).statusCode()).isEqualTo(200);
          assertThat(get(context, "X-Long", "a".repeat(8 * 1024)).statusCode()).isEqualTo(431);
        });
  }

  // ---- forward-headers-strategy

  @Test
  void nativeRewritesSchemeHostPortPrefixAndRemoteAddress() {
    contexts
        .withPropertyValues("server.forward-headers-strategy=native")
        .run(
            context -> {
              assertThat(context).doesNotHaveBean(ForwardedHeaderTransformer.class);
              assertThat(forwarded(context)).isEqualTo("https://shop:8443/p/ /p 203.0.113.7 for");
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "server.forward-headers-strategy=none",
        "server.forward-headers-strategy=framework",
        "server.port=0"
      })
  void otherwiseTheServerLeavesThemAlone(String property) {
    contexts
        .withPropertyValues(property)
        .run(
            context ->
                assertThat(forwarded(context))
                    .isEqualTo("http://localhost:" + port(context) + "/  127.0.0.1 for"));
  }

  @Test
  void frameworkHasSpringsOwnTransformer() {
    contexts
        .withPropertyValues("server.forward-headers-strategy=framework")
        .run(context -> assertThat(context).hasSingleBean(ForwardedHeaderTransformer.class));
  }

  /** DYNO is how Heroku is known, VCAP_APPLICATION Cloud Foundry. */
  @ParameterizedTest
  @ValueSource(
      strings = {"spring.main.cloud-platform=kubernetes", "DYNO=web.1", "VCAP_APPLICATION={}"})
  void aCloudPlatformWithAProxyInFrontMeansNative(String property) {
    contexts
        .withPropertyValues(property)
        .run(context -> assertThat(forwarded(context)).startsWith("https://shop:8443/p/"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"server.forward-headers-strategy=none", "spring.main.cloud-platform=none"})
  void whatIsSaidBeatsTheCloudPlatform(String property) {
    contexts
        .withPropertyValues("DYNO=web.1", property)
        .run(context -> assertThat(forwarded(context)).startsWith("http://localhost:"));
  }

  @Test
  void aProxyThatIsNotTrustedIsNotHeard() {
    contexts
        .withPropertyValues(
            "server.forward-headers-strategy=native",
            "kqueue.server.forwarded.trusted-proxies=192.0.2.1,::2")
        .run(context -> assertThat(forwarded(context)).startsWith("http://localhost:"));
  }

  @Test
  void anEmptyListTrustsNobody() {
    contexts
        .withPropertyValues(
            "server.forward-headers-strategy=native", "kqueue.server.forwarded.trusted-proxies=")
        .run(context -> assertThat(forwarded(context)).startsWith("http://localhost:"));
  }

  @Test
  void onlyTheChosenFamilyIsRead() {
    contexts
        .withPropertyValues(
            "server.forward-headers-strategy=native",
            "kqueue.server.forwarded.header-format=forwarded")
        .run(
            context -> {
              assertThat(forwarded(context)).startsWith("http://localhost:");
              assertThat(get(context, "Forwarded", "for=203.0.113.8;proto=https;host=a").body())
                  .isEqualTo("https://a/  203.0.113.8 null");
            });
  }

  @Test
  void aMalformedRangeFailsTheStartByName() {
    contexts
        .withPropertyValues(
            "server.forward-headers-strategy=native",
            "kqueue.server.forwarded.trusted-proxies=proxy.example.com")
        .run(
            context ->
                assertThat(context.getStartupFailure())
                    .rootCause()
                    .hasMessageContaining("'proxy.example.com' is no range of IP addresses"));
  }

  private String forwarded(AssertableReactiveWebApplicationContext context) throws Exception {
    return get(
            context,
            "X-Forwarded-For",
            "203.0.113.7",
            "X-Forwarded-Proto",
            "https",
            "X-Forwarded-Host",
            "shop",
            "X-Forwarded-Port",
            "8443",
            "X-Forwarded-Prefix",
            "/p")
        .body();
  }

  private HttpResponse<String> get(
      AssertableReactiveWebApplicationContext context, String... fields)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://localhost:" + port(context) + "/"))
            .timeout(Duration.ofSeconds(10));
    if (fields.length > 0) {
      request.headers(fields);
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private static int port(AssertableReactiveWebApplicationContext context) {
    KqueueWebServer server =
        (KqueueWebServer)
            ((ReactiveWebServerApplicationContext) context.getSourceApplicationContext())
                .getWebServer();
    assertThat(server).isNotNull();
    return server.getPort();
  }

  @Configuration(proxyBeanMethods = false)
  static class Handler {
    /**
     * Shows what a request looks like: URI, context path, client, and whether the field is there.
     */
    @Bean
    HttpHandler httpHandler() {
      return (request, response) -> {
        String own = request.getHeaders().getFirst("X-Server");
        if (own != null) {
          response.getHeaders().set("Server", own);
        }
        String shown =
            request.getURI()
                + " "
                + request.getPath().contextPath().value()
                + " "
                + request.getRemoteAddress().getAddress().getHostAddress()
                + " "
                + (request.getHeaders().containsHeader("X-Forwarded-For") ? "for" : null);
        return response.writeWith(
            Mono.fromSupplier(
                () -> response.bufferFactory().wrap(shown.getBytes(StandardCharsets.UTF_8))));
      };
    }
  }
}
