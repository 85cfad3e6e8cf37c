// SPDX-License-Identifier: Apache-2.0
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.processor.api.FixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/**
 * Reads a topic, takes each id once (a store of its own, exactly once), and counts by name and
 * minute of event time, until all of it is counted or nothing has moved for a minute.
 *
 * <p>Arguments: brokers, topic, events that must be counted, folder. Prints JSON; the exit code is
 * 1 when the counts do not add up.
 */
public final class StreamsCounts {
  private static final String IDS = "ids";
  private static final long STANDSTILL_SECONDS = 60;

  private static final class FirstOfId implements FixedKeyProcessor<String, String, String> {
    private FixedKeyProcessorContext<String, String> context;
    private KeyValueStore<String, String> ids;

    @Override
    public void init(FixedKeyProcessorContext<String, String> given) {
      context = given;
      ids = given.getStateStore(IDS);
    }

    @Override
    public void process(FixedKeyRecord<String, String> event) {
      if (ids.putIfAbsent(event.key(), "") == null) {
        context.forward(event);
      }
    }
  }

  private static Properties settings(String[] arguments) {
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "counts-" + arguments[1]);
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, arguments[0]);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, arguments[3]);
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 1_000);
    settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
    settings.put("auto.offset.reset", "earliest");
    return settings;
  }

  private static StreamsBuilder topology(String topic, Runnable counted) {
    StreamsBuilder builder = new StreamsBuilder();
    builder.addStateStore(
        Stores.keyValueStoreBuilder(
            Stores.persistentKeyValueStore(IDS), Serdes.String(), Serdes.String()));
    Serdes.StringSerde text = new Serdes.StringSerde();
    builder.stream(
            topic,
            Consumed.with(text, text)
                .withTimestampExtractor((event, none) -> PlainEvent.time((String) event.value())))
        .selectKey((none, event) -> PlainEvent.id(event))
        .repartition(Repartitioned.with(text, text))
        .processValues(FirstOfId::new, IDS)
        .groupBy((id, event) -> PlainEvent.name(event), Grouped.with(text, text))
        .windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofMinutes(1), Duration.ofDays(7)))
        .aggregate(
            () -> 0L,
            (name, event, count) -> {
              counted.run();
              return count + 1;
            },
            Materialized.with(text, Serdes.Long()));
    return builder;
  }

  public static void main(String[] arguments) throws Exception {
    long expected = Long.parseLong(arguments[2]);
    AtomicLong counted = new AtomicLong();
    CountDownLatch all = new CountDownLatch(1);
    StreamsBuilder builder =
        topology(
            arguments[1],
            () -> {
              if (counted.incrementAndGet() == expected) {
                all.countDown();
              }
            });
    var process =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long cpu = process.getProcessCpuTime();
    KafkaStreams streams = new KafkaStreams(builder.build(), settings(arguments));
    streams.start();
    long before = -1;
    while (!all.await(STANDSTILL_SECONDS, TimeUnit.SECONDS) && counted.get() != before) {
      before = counted.get();
    }
    streams.close();  // Commits what was counted last.
    System.out.printf(
        "{\"counted\": %d, \"cpu_seconds\": %.3f}%n",
        counted.get(), (process.getProcessCpuTime() - cpu) / 1e9);
    System.exit(counted.get() == expected ? 0 : 1);
  }
}
