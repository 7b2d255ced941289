package io.kqueueserver;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.conditions.ArchConditions.onlyDependOnClassesThat;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTag;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.EvaluationResult;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The layers of ARCHITECTURE.md: arrows point down, and the native world ends at two packages. */
@Tag("source")
@ArchTag("source")
@AnalyzeClasses(packages = "io.kqueueserver", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String ROOT = "io.kqueueserver";

  /** A row of the document: package, what it may import, subject. */
  private static final Pattern ROW =
      Pattern.compile("^\\| `([a-z][a-z0-9.]*)` \\|([a-z0-9., ]*)\\|");

  /** Package, and the packages of ours that it may import. */
  private static final Map<String, Set<String>> TABLE =
      Map.ofEntries(
          Map.entry("ffi", Set.of()),
          Map.entry("queue", Set.of("ffi")),
          Map.entry("socket", Set.of("ip", "ffi")),
          Map.entry("stats", Set.of()),
          Map.entry("loop", Set.of("queue", "ffi", "stats")),
          Map.entry("watch", Set.of("loop", "queue", "ffi", "stats")),
          Map.entry("net", Set.of("net.proxy", "ip", "loop", "queue", "socket", "ffi", "stats")),
          Map.entry("net.tls", Set.of("net", "ip", "loop", "queue", "socket", "ffi", "stats")),
          Map.entry("http", Set.of("stats")),
          Map.entry("http.syntax", Set.of("ip")),
          Map.entry("http.h1", Set.of("http", "http.syntax", "stats")),
          Map.entry("http.h2", Set.of("http", "http.syntax", "http.h2.hpack", "stats")),
          Map.entry("http.h2.hpack", Set.of("http", "http.syntax", "stats")),
          Map.entry("http.ws", Set.of("http", "http.syntax", "stats")),
          Map.entry("http.coding", Set.of("http", "http.syntax")),
          Map.entry("http.forwarded", Set.of("http", "http.syntax", "ip")),
          Map.entry("ip", Set.of()),
          Map.entry("net.proxy", Set.of("ip")),
          Map.entry(
              "server",
              Set.of(
                  "net",
                  "net.tls",
                  "loop",
                  "socket",
                  "ffi",
                  "stats",
                  "http",
                  "http.coding",
                  "http.h2",
                  "http.ws",
                  "ip")),
          Map.entry(
              "server.h1",
              Set.of("server", "http", "http.h1", "http.syntax", "net", "loop", "stats")),
          Map.entry(
              "server.h2",
              Set.of(
                  "server",
                  "http",
                  "http.h2",
                  "http.h2.hpack",
                  "http.syntax",
                  "net",
                  "loop",
                  "stats")),
          Map.entry("server.ws", Set.of("http", "http.ws", "loop", "stats")),
          Map.entry("server.coding", Set.of("http", "http.coding", "net", "loop", "stats")),
          Map.entry("server.observe", Set.of("net", "loop", "stats", "ip")));

  @ArchTest
  void everyPackageImportsOnlyWhatTheTableAllows(
      com.tngtech.archunit.core.domain.JavaClasses imported) {
    TABLE.forEach(
        (name, allowed) -> {
          String[] ours =
              java.util.stream.Stream.concat(java.util.stream.Stream.of(name), allowed.stream())
                  .map(p -> ROOT + "." + p)
                  .toArray(String[]::new);
          DescribedPredicate<JavaClass> outside =
              DescribedPredicate.not(resideInAPackage(ROOT + ".."));
          EvaluationResult result =
              classes()
                  .that(resideInAPackage(ROOT + "." + name))
                  .should(onlyDependOnClassesThat(outside.or(resideInAnyPackage(ours))))
                  .because("arrows point down: ffi, queue and socket, loop, net, server, root")
                  .evaluate(imported);
          if (result.hasViolation()) {
            throw new AssertionError(result.getFailureReport().toString());
          }
        });
  }

  @ArchTest
  void everyPackageIsInTheTable(com.tngtech.archunit.core.domain.JavaClasses imported) {
    for (JavaClass type : imported) {
      String name = type.getPackageName();
      boolean known =
          name.equals(ROOT) || TABLE.keySet().stream().anyMatch(p -> name.equals(ROOT + "." + p));
      if (!known) {
        throw new AssertionError(name + " has no row in the table of layers");
      }
    }
  }

  /** A reader believes the table of the document, so it must be the one that is held here. */
  @Test
  void theTableInTheDocumentIsThisOne() throws IOException {
    Map<String, Set<String>> documented = new TreeMap<>();
    for (String line : Files.readAllLines(Path.of("..", "ARCHITECTURE.md"))) {
      Matcher row = ROW.matcher(line);
      if (row.find() && !row.group(1).equals("ffi")) {
        Set<String> allowed = new TreeSet<>(Arrays.asList(row.group(2).trim().split(",\\s*")));
        allowed.remove("");
        documented.put(row.group(1), allowed);
      }
    }
    Map<String, Set<String>> held = new TreeMap<>();
    TABLE.forEach((name, allowed) -> held.put(name, new TreeSet<>(allowed)));
    held.remove("ffi"); // may import a library, and nothing of ours
    assertThat(documented).isEqualTo(held);
  }

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices().matching(ROOT + ".(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule jnrStaysInFfi =
      noClasses()
          .that()
          .resideOutsideOfPackage(ROOT + ".ffi")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("jnr..", "com.kenai..")
          .because("above ffi there are only ints, longs and buffers");

  @ArchTest
  static final ArchRule nativeMemoryComesFromFfi =
      noClasses()
          .that()
          .resideOutsideOfPackage(ROOT + ".ffi")
          .should()
          .callMethod(ByteBuffer.class, "allocateDirect", int.class)
          .because("native memory has one owner");

  @ArchTest
  static final ArchRule noJdkSockets =
      noClasses()
          .should()
          .dependOnClassesThat(
              nameMatching(
                  "java\\.nio\\.channels\\.(spi\\..*|.*Socket.*|Selector|SelectionKey"
                      + "|SelectableChannel|DatagramChannel|Pipe.*|Network.*|Asynchronous.*)"
                      + "|java\\.net\\.(Socket|ServerSocket|DatagramSocket|MulticastSocket"
                      + "|SocketImpl.*)"))
          .because("every socket call of this server goes through the FFI binding");

  @ArchTest
  static final ArchRule codecsArePure =
      noClasses()
          .that()
          .resideInAnyPackage(
              ROOT + ".http.h1..",
              ROOT + ".http.h2..",
              ROOT + ".http.syntax..",
              ROOT + ".http.ws..",
              ROOT + ".http.forwarded..",
              ROOT + ".net.proxy..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.slf4j..", "java.util.concurrent..", "java.time..", "java.io..")
          .orShould()
          .callMethod(System.class, "nanoTime")
          .orShould()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .dependOnClassesThat()
          .areAssignableTo(Thread.class)
          .because("codecs are bytes in, events out: no descriptor, thread, clock or logger");

  @ArchTest
  static final ArchRule coreKnowsNoFramework =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.springframework..", "reactor..", "org.reactivestreams..")
          .because("core serves users without Spring too");
}
