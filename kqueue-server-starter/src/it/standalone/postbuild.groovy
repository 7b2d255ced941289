// Runs the jar a user would run, on this JDK and on JDK 25, asks it for JSON, and stops it. It must
// say nothing on the error stream. A failed assertion fails the build.

import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse.BodyHandlers
import java.util.concurrent.TimeUnit
import java.util.jar.JarFile

def jar = new File(basedir, 'target/hello-1.jar')
def libraries = new JarFile(jar).withCloseable { it.stream().map { e -> e.name }.toList() }
assert libraries.any { it.contains('kqueue-server-core') }
def rivals = libraries.findAll { it =~ /reactor-netty|netty-|tomcat|jetty/ }
assert rivals.isEmpty(): "other servers in the jar: $rivals"

def serve = { File home ->
  def log = new File(basedir, 'target/app.log')
  def errors = new File(basedir, 'target/app.err')
  def app = new ProcessBuilder(new File(home, 'bin/java').path, '-jar', jar.path, '--server.port=0')
      .redirectOutput(log).redirectError(errors).start()
  try {
    def port = null
    def deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60)
    while (port == null && app.alive && System.nanoTime() < deadline) {
      def started = log.text =~ /started on port (\d+) \(http\)/
      port = started ? started[0][1] : null
      sleep 100
    }
    assert port != null: "no port in the log:\n${log.text}${errors.text}"

    def request = HttpRequest.newBuilder(URI.create("http://localhost:$port/hello")).build()
    def response = HttpClient.newHttpClient().send(request, BodyHandlers.ofString())
    assert response.statusCode() == 200
    assert response.headers().firstValue('Content-Type').get() == 'application/json'
    assert response.body() == '{"message":"Hello from a kqueue loop"}'
  } finally {
    app.destroy()
    if (!app.waitFor(30, TimeUnit.SECONDS)) {
      app.destroyForcibly()
    }
  }
  assert errors.text.isEmpty(): "on the error stream under $home:\n${errors.text}"
}

def current = new File(System.getProperty('java.home'))
serve(current)
if (Runtime.version().feature() < 25) {
  def homes = System.getenv().findAll { it.key.startsWith('JAVA_HOME_25_') }.values()
      .collect { new File(it) }
  homes += (new File("/usr/lib/jvm").listFiles() ?: []).findAll { it.name.contains('25') }
  def newer = homes.find { new File(it, 'bin/java').canExecute() }
  if (newer == null) {
    println '[SKIPPED] standalone on JDK 25: none found; set JAVA_HOME_25_X64'
  } else {
    serve(newer)
  }
}
