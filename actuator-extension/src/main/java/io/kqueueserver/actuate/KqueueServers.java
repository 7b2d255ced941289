package io.kqueueserver.actuate;

import io.kqueueserver.KqueueServer;
import io.kqueueserver.KqueueServerHolder;
import io.kqueueserver.RunningServer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.ApplicationListener;

/**
 * The kqueue servers of an application: its own server and that of its management context. Each
 * start of a server publishes an event, and events of the management context reach its parent. Any
 * thread.
 */
public final class KqueueServers implements ApplicationListener<WebServerInitializedEvent> {
  /** The name of the application's own server. */
  public static final String MAIN = "main";

  private final Map<String, KqueueServer> servers = new ConcurrentHashMap<>();
  private final ObjectProvider<KqueueServerObserver> observers;

  public KqueueServers(ObjectProvider<KqueueServerObserver> observers) {
    this.observers = observers;
  }

  @Override
  public void onApplicationEvent(WebServerInitializedEvent event) {
    if (event.getWebServer() instanceof KqueueServerHolder holder) {
      String namespace = event.getApplicationContext().getServerNamespace();
      String name = namespace == null ? MAIN : namespace;
      servers.put(name, holder.getServer());
      RunningServer run = holder.getServer().running();
      if (run != null) { // with a negative port there is a web server, but no run of it
        observers.orderedStream().forEach(observer -> observer.onStarted(name, run));
      }
    }
  }

  /** The servers that run now, by name, the application's own first. */
  public Map<String, RunningServer> running() {
    Map<String, RunningServer> running = new LinkedHashMap<>();
    put(running, MAIN);
    new TreeMap<>(servers).keySet().forEach(name -> put(running, name));
    return running;
  }

  /** The failure that has stopped the server of that name; null if there is none, or no server. */
  @Nullable Throwable failure(String name) {
    KqueueServer server = servers.get(name);
    return server == null ? null : server.failure();
  }

  private void put(Map<String, RunningServer> running, String name) {
    KqueueServer server = servers.get(name);
    RunningServer run = server == null ? null : server.running();
    if (run != null) {
      running.putIfAbsent(name, run);
    }
  }
}
