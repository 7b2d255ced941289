package io.kqueueserver.sample;

import org.springframework.http.MediaType;
import org.springframework.http.codec.multipart.PartEvent;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Request bodies as streams: neither is ever whole in memory or on disk. */
@RestController
@RequestMapping("/api")
class UploadController {

  /**
   * Sends back what comes in, as it comes in: the client's reading speed sets our reading speed.
   */
  @PostMapping("/echo")
  Mono<Void> echo(ServerHttpRequest request, ServerHttpResponse response) {
    // Never the sender's own type: an echo of text/html would be a page of ours.
    response.getHeaders().setContentType(MediaType.APPLICATION_OCTET_STREAM);
    return response.writeWith(request.getBody());
  }

  @PostMapping(path = "/upload", consumes = MediaType.MULTIPART_FORM_DATA_VALUE)
  Flux<PartDigest.Summary> upload(@RequestBody Flux<PartEvent> events) {
    return events
        .windowUntil(PartEvent::isLast)
        .concatMap(part -> part.collect(PartDigest::new, PartDigest::add).map(PartDigest::summary));
  }
}
