package io.kqueueserver.differential;

import java.nio.file.Path;
import java.util.List;

/** A proxy that may stand in front, with the configuration of each. */
enum Front {
  NGINX(
      """
      daemon off;
      master_process off;
      pid %1$s/nginx.pid;
      events { worker_connections 256; }
      http {
        access_log off;
        client_body_temp_path %1$s/body; proxy_temp_path %1$s/proxy;
        fastcgi_temp_path %1$s/f; uwsgi_temp_path %1$s/u; scgi_temp_path %1$s/s;
        upstream ours { server 127.0.0.1:%3$d; keepalive 4; }
        server {
          listen 127.0.0.1:%2$d;
          location / {
            proxy_pass http://ours;
            proxy_http_version 1.1;
            proxy_request_buffering off;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_set_header X-Front "$request_id $request_method $request_uri";
          }
        }
      }
      """,
      "/usr/sbin/nginx", "-e stderr -c"),
  HAPROXY(
      """
      defaults
        mode http
        timeout connect 5s
        timeout client 30s
        timeout server 30s
        http-reuse always
      frontend in
        bind 127.0.0.1:%2$d
        http-request set-header X-Front "%%[uuid()] %%[method] %%[url]"
        default_backend ours
      backend ours
        server a 127.0.0.1:%3$d
      # %1$s
      """,
      "/usr/sbin/haproxy", "-db -f");

  private final String configuration;
  private final String program;
  private final String arguments;

  Front(String configuration, String program, String arguments) {
    this.configuration = configuration;
    this.program = program;
    this.arguments = arguments;
  }

  String program() {
    return program;
  }

  List<String> arguments() {
    return List.of(arguments.split(" ", -1));
  }

  String configuration(Path folder, int port, int backend) {
    return configuration.formatted(folder, port, backend);
  }
}
