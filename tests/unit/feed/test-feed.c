/* Logs through a feed into sinks. */
#include "memprof/feed/feed.h"

#include "tests_dir.h"
#include "unit.h"

#define DATA TESTS_DIR "/data/"

/* What a sink has seen. */
struct seen {
	unsigned n_moments, n_pools, n_events, n_taken;
	uint64_t n_first_dump;
	bool takes_heap;
	struct heap heap;
	int status;
};

static struct seen first, last;
static struct feed feed;
static unsigned n_errors;
static char message[512];

static void on_moment(void *ctx, struct moment *m)
{
	struct seen *s = ctx;

	if (s->n_moments++ == 0)
		s->n_first_dump = m->n_dump;
	if (m->heap)
		assert_true(m->heap->n_pools > 0); /* nobody before has taken it */
	if (m->heap && s->takes_heap)
		assert_int_equal(moment_take_heap(m, &s->heap), 0);
}

static void on_pool(void *ctx, const struct pool_moment *pool)
{
	(void)pool;
	((struct seen *)ctx)->n_pools++;
}

static void on_event(void *ctx, struct event *event)
{
	struct seen *s = ctx;

	(void)event;
	assert_int_equal(s->n_events++, s->n_taken);
}

static void on_event_taken(void *ctx, const struct event *event)
{
	(void)event;
	((struct seen *)ctx)->n_taken++;
}

static int status(void *ctx) { return ((struct seen *)ctx)->status; }

static void on_notice(void *ctx, const struct notice *notice)
{
	(void)ctx;
	n_errors += strcmp(notice->severity, "error") == 0;
	snprintf(message, sizeof(message), "%s", notice->text);
}

static struct sink sink_of(struct seen *s)
{
	return (struct sink){ .on_moment = on_moment,
			      .on_pool = on_pool,
			      .on_event = on_event,
			      .on_event_taken = on_event_taken,
			      .status = status,
			      .ctx = s };
}

static void begin(const struct capture_options *options)
{
	const struct sink sinks[] = { sink_of(&first), sink_of(&last) };

	feed.notices.report = on_notice;
	assert_int_equal(feed_open(&feed, options, sinks, 2), 0);
}

UNIT_BEFORE(set_up)
{
	first = (struct seen){ .n_moments = 0 };
	last = (struct seen){ .takes_heap = true };
	heap_init(&last.heap);
	feed = (struct feed){ .n_most = 0 };
	n_errors = 0;
}

UNIT_AFTER(tear_down)
{
	feed_close(&feed);
	feed_close(&feed);
	heap_deinit(&last.heap);
}

UNIT_TEST(each_sink_has_all_of_it)
{
	static const char *const names[] = { DATA "dumps/rp2-1.25.0-fresh.txt", DATA "synthetic/caps.txt" };

	begin(&(struct capture_options){ .several = true });
	assert_int_equal(feed_logs(&feed, names, 2, NULL), 0);
	assert_int_equal(first.n_moments, 5); /* two dumps, three samples */
	assert_int_equal(last.n_moments, 5);
	assert_int_equal(first.n_pools, 8);
	assert_int_equal(last.n_taken, last.n_events);
	assert_true(last.heap.n_pools > 0);
	assert_u64_equal(capture_counts(feed.capture)->n_seen, 5);
	assert_int_equal(feed.n_inputs, 2);
	assert_string_equal(feed.inputs[0].format, "mem-info");
	assert_u64_equal(feed.inputs[0].n_dumps, 2);
	assert_u64_equal(feed.inputs[1].n_dumps, 0);
	assert_int_equal(n_errors, 0);
}

UNIT_TEST(a_range_of_dumps)
{
	static const char *const name = DATA "dumps/rp2-1.25.0-fresh.txt";

	begin(&(struct capture_options){ .from = 2, .to = 2 });
	assert_int_equal(feed_logs(&feed, &name, 1, NULL), 0);
	assert_int_equal(first.n_moments, 1);
	assert_u64_equal(first.n_first_dump, 2);
	assert_u64_equal(capture_counts(feed.capture)->n_dumps, 2);
}

UNIT_TEST(what_has_no_dump_is_reported_and_the_rest_is_read)
{
	static const char *const names[] = { DATA "synthetic/empty.txt", DATA "synthetic/no-such-file",
					     DATA "dumps/rp2-1.25.0-fresh.txt" };

	begin(&(struct capture_options){ .several = true });
	assert_int_equal(feed_logs(&feed, names, 3, NULL), -EINVAL); /* the first one's */
	assert_int_equal(n_errors, 2);
	assert_int_equal(first.n_moments, 5);
}

UNIT_TEST(a_sink_that_wants_no_more)
{
	static const char *const names[] = { DATA "dumps/rp2-1.25.0-fresh.txt", DATA "synthetic/empty.txt" };

	begin(&(struct capture_options){ .several = true });
	last.status = -EPIPE;
	assert_int_equal(feed_logs(&feed, names, 2, NULL), 0);
	assert_int_equal(last.n_events, 1);
	assert_int_equal(feed.n_inputs, 1);
	assert_int_equal(n_errors, 0);
}

UNIT_TEST(a_memory_file_is_no_log_unless_somebody_reads_it)
{
	static const char *const name = DATA "objects/after.mem";

	begin(&(struct capture_options){ .several = false });
	assert_int_equal(feed_logs(&feed, &name, 1, NULL), -EINVAL);
	assert_non_null(strstr(message, "memory file"));
}
