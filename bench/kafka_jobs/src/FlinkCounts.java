// SPDX-License-Identifier: Apache-2.0
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Iterator;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichFilterFunction;
import org.apache.flink.api.common.serialization.SimpleStringSchema;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;

/**
 * Reads a topic to its end, takes each id once (keyed state in RocksDB, a checkpoint each second),
 * and counts by name and minute of event time.
 *
 * <p>Arguments: brokers, topic, events that must be counted, folder. Prints JSON; the exit code is
 * 1 when the counts do not add up.
 */
public final class FlinkCounts {
  private static final class FirstOfId extends RichFilterFunction<String> {
    private transient ValueState<Boolean> seen;

    @Override
    public void open(OpenContext context) {
      seen = getRuntimeContext().getState(new ValueStateDescriptor<>("seen", Types.BOOLEAN));
    }

    @Override
    public boolean filter(String event) throws Exception {
      if (seen.value() != null) {
        return false;
      }
      seen.update(true);
      return true;
    }
  }

  private static final class Count implements AggregateFunction<String, Long, Long> {
    @Override
    public Long createAccumulator() {
      return 0L;
    }

    @Override
    public Long add(String event, Long count) {
      return count + 1;
    }

    @Override
    public Long getResult(Long count) {
      return count;
    }

    @Override
    public Long merge(Long left, Long right) {
      return left + right;
    }
  }

  private static StreamExecutionEnvironment environment(String folder) {
    Configuration settings = new Configuration();
    settings.setString("state.backend.type", "rocksdb");
    settings.setString("execution.checkpointing.dir", "file://" + folder);
    settings.setString("taskmanager.memory.managed.size", "256m");
    settings.setString("taskmanager.memory.network.min", "64m");
    settings.setString("taskmanager.memory.network.max", "64m");
    settings.setString("pipeline.object-reuse", "true");
    StreamExecutionEnvironment flink =
        StreamExecutionEnvironment.createLocalEnvironment(1, settings);
    flink.enableCheckpointing(1_000);
    return flink;
  }

  public static void main(String[] arguments) throws Exception {
    KafkaSource<String> source =
        KafkaSource.<String>builder()
            .setBootstrapServers(arguments[0])
            .setTopics(arguments[1])
            .setGroupId("flink-counts")
            .setStartingOffsets(OffsetsInitializer.earliest())
            .setBounded(OffsetsInitializer.latest())
            .setValueOnlyDeserializer(new SimpleStringSchema())
            .build();
    WatermarkStrategy<String> times =
        WatermarkStrategy.<String>forBoundedOutOfOrderness(Duration.ofMinutes(10))
            .withTimestampAssigner((event, none) -> PlainEvent.time(event));
    DataStream<Long> counts =
        environment(arguments[3])
            .fromSource(source, times, "events")
            .keyBy(PlainEvent::id)
            .filter(new FirstOfId())
            .keyBy(PlainEvent::name)
            .window(TumblingEventTimeWindows.of(Duration.ofMinutes(1)))
            .aggregate(new Count());

    var process =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long cpu = process.getProcessCpuTime();
    long counted = 0;
    try (var results = counts.executeAndCollect()) {
      for (Iterator<Long> each = results; each.hasNext(); ) {
        counted += each.next();
      }
    }
    System.out.printf(
        "{\"counted\": %d, \"cpu_seconds\": %.3f}%n",
        counted, (process.getProcessCpuTime() - cpu) / 1e9);
    System.exit(counted == Long.parseLong(arguments[2]) ? 0 : 1);
  }
}
