// Runs the jar a user would run, asks it for JSON, and stops it. A failed assertion fails the build.

import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse.BodyHandlers
import java.util.concurrent.TimeUnit
import java.util.jar.JarFile

def jar = new File(basedir, 'target/app-1.jar')
def libraries = new JarFile(jar).withCloseable { it.stream().map { e -> e.name }.toList() }
assert libraries.any { it.contains('kqueue-server-core') }
def rivals = libraries.findAll { it =~ /reactor-netty|netty-|tomcat|jetty/ }
assert rivals.isEmpty(): "other servers in the jar: $rivals"

def java = new File(System.getProperty('java.home'), 'bin/java').path
def log = new File(basedir, 'target/app.log')
def app = new ProcessBuilder(java, '-jar', jar.path, '--server.port=0')
    .redirectErrorStream(true).redirectOutput(log).start()
try {
  def port = null
  def deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60)
  while (port == null && app.alive && System.nanoTime() < deadline) {
    def started = log.text =~ /started on port (\d+)/
    port = started ? started[0][1] : null
    sleep 100
  }
  assert port != null: "no port in the log:\n${log.text}"

  def request = HttpRequest.newBuilder(URI.create("http://localhost:$port/hello")).build()
  def response = HttpClient.newHttpClient().send(request, BodyHandlers.ofString())
  assert response.statusCode() == 200
  assert response.headers().firstValue('Content-Type').get() == 'application/json'
  assert response.body() == '{"message":"hello"}'
} finally {
  app.destroy()
  if (!app.waitFor(30, TimeUnit.SECONDS)) {
    app.destroyForcibly()
  }
}
