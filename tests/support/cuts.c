#include "cuts.h"

#include "events.h"
#include "unit.h"

static bool is_prime(size_t n)
{
	for (size_t i = 2; i * i <= n; i++)
		if (n % i == 0)
			return false;
	return true;
}

size_t cuts_stride(size_t n_bytes)
{
	size_t n = n_bytes < CUTS_SMALL_BYTES ? 1 : n_bytes / CUTS_LARGE;

	while (n > 1 && !is_prime(n))
		n++;
	return n;
}

static void assert_same(const struct decoder *decoder, const char *name, const uint8_t *bytes, size_t n_bytes,
			struct cuts cuts, const struct strbuf *whole)
{
	CLEANUP(strbuf_deinit) struct strbuf events = STRBUF_INIT;

	cuts.with_printed = true;
	events_read(decoder, bytes, n_bytes, cuts, &events);
	if (strcmp(strbuf_text(whole), strbuf_text(&events)) == 0)
		return;
	print_error("%s, fed as %zu bytes and then %zu at a time:\n", name, cuts.first_bytes, cuts.step_bytes);
	assert_string_equal(strbuf_text(&events), strbuf_text(whole));
}

void cuts_split(const struct decoder *decoder, const char *name, const uint8_t *bytes, size_t n_bytes)
{
	CLEANUP(strbuf_deinit) struct strbuf whole = STRBUF_INIT;
	size_t stride = cuts_stride(n_bytes);

	events_read(decoder, bytes, n_bytes, (struct cuts){ .with_printed = true }, &whole);
	assert_same(decoder, name, bytes, n_bytes, (struct cuts){ .step_bytes = 1 }, &whole);
	assert_same(decoder, name, bytes, n_bytes, (struct cuts){ .step_bytes = 4096 }, &whole);
	for (size_t at = 1; at < n_bytes; at += stride)
		assert_same(decoder, name, bytes, n_bytes, (struct cuts){ .first_bytes = at }, &whole);
}

void cuts_end(const struct decoder *decoder, const uint8_t *bytes, size_t n_bytes)
{
	size_t stride = cuts_stride(n_bytes);

	for (size_t n = 0; n <= n_bytes; n += stride) {
		CLEANUP(strbuf_deinit) struct strbuf events = STRBUF_INIT;
		events_read(decoder, bytes, n, (struct cuts){ 0 }, &events); /* checks the heaps */
	}
}

void cuts_assert_events(const struct decoder *decoder, const char *log, const char *expected)
{
	CLEANUP(strbuf_deinit) struct strbuf events = STRBUF_INIT;

	assert_int_equal(events_of_text(decoder, log, &events), 0);
	assert_string_equal(strbuf_text(&events), expected);
	cuts_split(decoder, "this log", (const uint8_t *)log, strlen(log));
	cuts_end(decoder, (const uint8_t *)log, strlen(log));
}
