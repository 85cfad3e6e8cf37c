// SPDX-License-Identifier: Apache-2.0
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Iterator;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichFilterFunction;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeHint;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;

/**
 * Counts events by key and minute of event time. Events are made inside the job: an id, one of a
 * thousand keys, a time. 100,000 of them are a second of event time, out of order by up to two
 * seconds; one in a hundred repeats an id. With "dedup" each id is counted once, by keyed state.
 *
 * <p>Arguments: events, count or dedup, hashmap or rocksdb, milliseconds between checkpoints,
 * folder of the checkpoints. A run of a tenth of the events warms the virtual machine up. Prints
 * JSON; the exit code is 1 when the counts do not add up.
 */
public final class MinuteCounts {
  private static final int KEYS = 1_000;
  private static final int REPEATED_EVERY = 100;
  private static final int REPEATED_FROM = 50;
  private static final long FIRST_TIME = 1_800_000_000_000L;
  private static final long EVENTS_PER_MILLISECOND = 100;
  private static final long DISORDER_MS = 2_000;
  private static final TypeInformation<Tuple3<Long, Integer, Long>> EVENT =
      TypeInformation.of(new TypeHint<Tuple3<Long, Integer, Long>>() {});

  private record Result(long counted, long rows, double cpuSeconds, double wallSeconds) {}

  /** Spreads numbers over all values: a step of a linear generator, folded. */
  private static long spread(long number) {
    long value = number * 0x9E3779B97F4A7C15L;
    value = (value ^ (value >>> 32)) * 0x9E3779B97F4A7C15L;
    return value ^ (value >>> 29);
  }

  private static Tuple3<Long, Integer, Long> event(long number) {
    boolean repeats = number % REPEATED_EVERY == REPEATED_EVERY - 1;
    long id = repeats ? number - REPEATED_FROM : number;
    long random = spread(id);
    return Tuple3.of(
        id,
        (int) Long.remainderUnsigned(random, KEYS),
        FIRST_TIME + id / EVENTS_PER_MILLISECOND
            + Long.remainderUnsigned(random >>> 20, DISORDER_MS));
  }

  private static final class FirstOfId extends RichFilterFunction<Tuple3<Long, Integer, Long>> {
    private transient ValueState<Boolean> seen;

    @Override
    public void open(OpenContext context) {
      seen = getRuntimeContext().getState(new ValueStateDescriptor<>("seen", Types.BOOLEAN));
    }

    @Override
    public boolean filter(Tuple3<Long, Integer, Long> event) throws Exception {
      if (seen.value() != null) {
        return false;
      }
      seen.update(true);
      return true;
    }
  }

  private static final class Count
      implements AggregateFunction<Tuple3<Long, Integer, Long>, Long, Long> {
    @Override
    public Long createAccumulator() {
      return 0L;
    }

    @Override
    public Long add(Tuple3<Long, Integer, Long> event, Long count) {
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

  private static Result run(long events, boolean dedup, Configuration settings, long checkpointMs)
      throws Exception {
    StreamExecutionEnvironment flink =
        StreamExecutionEnvironment.createLocalEnvironment(1, settings);
    if (checkpointMs > 0) {
      flink.enableCheckpointing(checkpointMs);
    }
    WatermarkStrategy<Tuple3<Long, Integer, Long>> times =
        WatermarkStrategy.<Tuple3<Long, Integer, Long>>forBoundedOutOfOrderness(
                Duration.ofSeconds(5))
            .withTimestampAssigner((event, none) -> event.f2);
    SingleOutputStreamOperator<Tuple3<Long, Integer, Long>> made =
        flink
            .fromSource(
                new DataGeneratorSource<>(MinuteCounts::event, events, EVENT), times, "events")
            .returns(EVENT);
    DataStream<Tuple3<Long, Integer, Long>> unique =
        dedup ? made.keyBy(event -> event.f0, Types.LONG).filter(new FirstOfId()) : made;
    DataStream<Long> counts =
        unique
            .keyBy(event -> event.f1, Types.INT)
            .window(TumblingEventTimeWindows.of(Duration.ofMinutes(1)))
            .aggregate(new Count());

    var process =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long cpu = process.getProcessCpuTime();
    long wall = System.nanoTime();
    long counted = 0;
    long rows = 0;
    try (var results = counts.executeAndCollect()) {
      for (Iterator<Long> each = results; each.hasNext(); ++rows) {
        counted += each.next();
      }
    }
    return new Result(
        counted,
        rows,
        (process.getProcessCpuTime() - cpu) / 1e9,
        (System.nanoTime() - wall) / 1e9);
  }

  public static void main(String[] arguments) throws Exception {
    long events = Long.parseLong(arguments[0]);
    boolean dedup = arguments[1].equals("dedup");
    long checkpointMs = Long.parseLong(arguments[3]);
    Configuration settings = new Configuration();
    settings.setString("state.backend.type", arguments[2]);
    settings.setString("execution.checkpointing.dir", "file://" + arguments[4]);
    settings.setString("taskmanager.memory.managed.size", "256m");
    settings.setString("taskmanager.memory.network.min", "64m");
    settings.setString("taskmanager.memory.network.max", "64m");
    settings.setString("pipeline.object-reuse", "true");
    settings.setString("pipeline.generic-types", "false");

    run(events / 10, dedup, settings, checkpointMs);
    Result result = run(events, dedup, settings, checkpointMs);
    long expected = dedup ? events - events / REPEATED_EVERY : events;
    System.out.printf(
        "{\"counted\": %d, \"expected\": %d, \"rows\": %d, \"cpu_seconds\": %.3f,"
            + " \"wall_seconds\": %.3f}%n",
        result.counted(), expected, result.rows(), result.cpuSeconds(), result.wallSeconds());
    System.exit(result.counted() == expected ? 0 : 1);
  }
}
