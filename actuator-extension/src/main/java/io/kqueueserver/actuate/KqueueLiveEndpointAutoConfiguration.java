package io.kqueueserver.actuate;

import io.kqueueserver.KqueueServer;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.EndpointId;
import org.springframework.boot.actuate.endpoint.web.PathMapper;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;

/** Defines the endpoint of the live page, if it is exposed and accessible. */
@AutoConfiguration
@ConditionalOnClass({KqueueServer.class, ConditionalOnAvailableEndpoint.class})
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
public final class KqueueLiveEndpointAutoConfiguration {

  @Bean
  @ConditionalOnMissingBean
  @ConditionalOnAvailableEndpoint
  KqueueLiveEndpoint kqueueLiveEndpoint(ObjectProvider<PathMapper> pathMappers) {
    List<PathMapper> mappers = pathMappers.orderedStream().toList();
    return new KqueueLiveEndpoint(
        PathMapper.getRootPath(mappers, EndpointId.of("kqueuelive")),
        PathMapper.getRootPath(mappers, EndpointId.of("kqueue")));
  }
}
