package io.wiregate.benchmarks.receive;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringDatagramChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringIoHandlerConfig;

/// Netty's io_uring transport, set up to take many datagrams at once: 64 receives are submitted
/// together.
///
/// It knows neither `UDP_GRO` nor the local address nor the traffic class of a datagram, so the
/// kernel cuts what came as one, and only the sender is checked.
final class NettyReceiver implements Receiver {
  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVBUFFORCE = 33;
  private static final int LARGEST = 2048;
  private static final int AT_ONCE = 64;

  @Override
  public void receive(Ledger ledger) throws InterruptedException {
    IoUringIoHandlerConfig config = new IoUringIoHandlerConfig().setRingSize(4 * AT_ONCE);
    EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, IoUringIoHandler.newFactory(config));
    try {
      Channel channel =
          new Bootstrap()
              .group(group)
              .channelFactory(() -> new IoUringDatagramChannel(SocketProtocolFamily.INET))
              .option(
                  new IntegerUnixChannelOption("SO_RCVBUFFORCE", SOL_SOCKET, SO_RCVBUFFORCE),
                  RecvmmsgReceiver.SOCKET_BUFFER)
              .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
              .option(
                  ChannelOption.RECVBUF_ALLOCATOR,
                  new FixedRecvByteBufAllocator(LARGEST * AT_ONCE).maxMessagesPerRead(4 * AT_ONCE))
              .option(IoUringChannelOption.MAX_DATAGRAM_PAYLOAD_SIZE, LARGEST)
              .handler(new Entering(ledger))
              .bind(ledger.port())
              .sync()
              .channel();
      channel.closeFuture().sync();
    } finally {
      group.shutdownGracefully().sync();
    }
  }

  private static final class Entering extends ChannelInboundHandlerAdapter {
    private final Ledger ledger;

    Entering(Ledger ledger) {
      this.ledger = ledger;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
      ledger.begin();
      context.fireChannelActive();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      DatagramPacket packet = (DatagramPacket) message;
      try {
        ByteBuf content = packet.content();
        int at = content.readerIndex();
        int length = content.readableBytes();
        if (length < Datagram.MINIMUM) {
          ledger.message(false);
          return;
        }
        int flow = content.getIntLE(at + Datagram.FLOW);
        ledger.message(packet.sender().getPort() == Datagram.FIRST_PORT + flow);
        ledger.take(
            flow,
            content.getIntLE(at + Datagram.LENGTH),
            content.getLongLE(at + Datagram.SEQUENCE),
            length);
      } finally {
        packet.release();
      }
      if (ledger.ended()) {
        ChannelFuture _ = context.close(); // receive() waits for it
      }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      ledger.publish();
      context.fireChannelReadComplete();
    }
  }
}
