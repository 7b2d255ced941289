package io.kqueueserver.example.cluster;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.session.SaveMode;
import org.springframework.session.data.redis.config.annotation.web.server.EnableRedisWebSession;

/** One of the processes; none knows of the others. */
@SpringBootApplication
@EnableRedisWebSession(
    maxInactiveIntervalInSeconds = 1800,
    redisNamespace = "cluster:session",
    saveMode = SaveMode.ON_SET_ATTRIBUTE)
public class ClusterApplication {
  public static void main(String[] args) {
    SpringApplication.run(ClusterApplication.class, args);
  }
}
