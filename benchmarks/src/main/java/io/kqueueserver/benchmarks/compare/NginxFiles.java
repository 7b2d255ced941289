package io.kqueueserver.benchmarks.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The configuration of an nginx that gives the application's answers, and the file it sends. */
final class NginxFiles {
  /**
   * One process, as every contender has. {@code return} is nginx's fastest answer; the megabyte is
   * a file, sent by sendfile from the page cache.
   */
  private static final String CONFIGURATION =
      """
      daemon off;
      master_process off;
      pid %1$s/nginx.pid;
      error_log stderr error;
      events {
        worker_connections 20000;
      }
      http {
        access_log off;
        client_body_temp_path %1$s;
        proxy_temp_path %1$s;
        fastcgi_temp_path %1$s;
        uwsgi_temp_path %1$s;
        scgi_temp_path %1$s;
        sendfile on;
        tcp_nopush on;
        open_file_cache max=10;
        keepalive_requests 1000000000;
        default_type text/plain;
        server {
          listen 127.0.0.1:%2$d backlog=1024 so_keepalive=off;
          root %1$s;
          location /file {
            default_type application/octet-stream;
            try_files /blob =404;
          }
          location = /blob {
            default_type application/octet-stream;
          }
          location = /json {
            default_type application/json;
            return 200 '{"message":"Hello, World!"}';
          }
          location / {
            return 200 "Hello, World!";
          }
        }
      }
      """;

  private static final int MIB = 1024 * 1024;

  private NginxFiles() {}

  /** Writes the files to the directory, and returns the command that serves them. */
  static List<String> write(Path directory, int port) throws IOException {
    Files.createDirectories(directory);
    Files.write(directory.resolve("blob"), new byte[MIB]);
    Path configuration = directory.resolve("nginx.conf");
    Files.writeString(configuration, CONFIGURATION.formatted(directory, port));
    return List.of("nginx", "-p", directory.toString(), "-c", configuration.toString());
  }
}
