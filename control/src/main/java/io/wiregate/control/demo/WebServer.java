package io.wiregate.control.demo;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// A web page of some megabytes, and those who read it.
final class WebServer implements AutoCloseable {
  static final int PAGE_BYTES = 16 << 20;
  private static final int PORT = 80;
  private static final int LIMIT_MILLIS = 10_000;
  private static final int CONNECT_MILLIS = 3_000;

  /// How a visit went.
  ///
  /// @param bytes of the page; 0 where the visitor was not let through
  /// @param isRefused whether somebody said no, instead of silence
  record Visit(long bytes, boolean isRefused, long nanos) {
    boolean isWhole() {
      return bytes == PAGE_BYTES;
    }

    double megabytesPerSecond() {
      return bytes / 1e6 / (nanos / 1e9);
    }
  }

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpServer server;

  private WebServer(HttpServer server) {
    this.server = server;
  }

  static WebServer start(Place place) {
    WebServer web =
        new WebServer(place.call(() -> HttpServer.create(new InetSocketAddress(PORT), 20)));
    web.server.setExecutor(web.threads);
    web.server.createContext("/", WebServer::answer);
    web.server.start();
    return web;
  }

  private static void answer(HttpExchange exchange) throws IOException {
    boolean isPage = exchange.getRequestURI().getPath().equals("/page");
    int length = isPage ? PAGE_BYTES : 1;
    exchange.sendResponseHeaders(200, length);
    byte[] piece = new byte[Math.min(length, 1 << 16)];
    try (OutputStream body = exchange.getResponseBody()) {
      for (int sent = 0; sent < length; sent += piece.length) {
        body.write(piece);
      }
    }
  }

  /// Reads the whole page.
  static Visit read(Place from, String address) {
    return visit(from, address, "/page");
  }

  /// Whether the server answers at all.
  static Visit knock(Place from, String address) {
    return visit(from, address, "/");
  }

  private static Visit visit(Place from, String address, String path) {
    return from.call(() -> {
      long begunNanos = System.nanoTime();
      try (Socket socket = new Socket()) {
        socket.setSoTimeout(LIMIT_MILLIS);
        socket.connect(new InetSocketAddress(InetAddress.ofLiteral(address), PORT), CONNECT_MILLIS);
        socket
            .getOutputStream()
            .write(("GET " + path + " HTTP/1.0\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        return new Visit(bodyBytes(socket.getInputStream()), false, since(begunNanos));
      } catch (ConnectException | NoRouteToHostException told) {
        return new Visit(0, true, since(begunNanos));
      } catch (SocketTimeoutException silent) {
        return new Visit(0, false, since(begunNanos));
      } catch (SocketException told) {
        return new Visit(0, true, since(begunNanos));
      }
    });
  }

  private static long since(long begunNanos) {
    return System.nanoTime() - begunNanos;
  }

  private static long bodyBytes(InputStream in) throws IOException {
    int newLines = 0;
    while (newLines < 2) {
      int c = in.read();
      if (c < 0) {
        return 0;
      }
      newLines = c == '\n' ? newLines + 1 : c == '\r' ? newLines : 0;
    }
    byte[] buffer = new byte[1 << 16];
    long total = 0;
    for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
      total += count;
    }
    return total;
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
