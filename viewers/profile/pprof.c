/* A profile for pprof: the message Profile of google/pprof, proto/profile.proto, in gzip. Names of sample types are
 * those of Go's heap profiles, which the tools that read this format know. */
#include <errno.h>
#include <zlib.h>

#include "memprof/base/number.h"
#include "shared/proto.h"
#include "shared/sites_words.h"

enum {
	PROFILE_SAMPLE_TYPE = 1,
	PROFILE_SAMPLE = 2,
	PROFILE_LOCATION = 4,
	PROFILE_FUNCTION = 5,
	PROFILE_STRING = 6,
	PROFILE_PERIOD_TYPE = 11,
	PROFILE_PERIOD = 12,
	PROFILE_COMMENT = 13,
	PROFILE_DEFAULT_TYPE = 14,

	TYPE_TYPE = 1,
	TYPE_UNIT = 2,

	SAMPLE_LOCATION = 1, /* the innermost first */
	SAMPLE_VALUE = 2,

	LOCATION_ID = 1,
	LOCATION_LINE = 4,
	LINE_FUNCTION = 1,
	LINE_LINE = 2,

	FUNCTION_ID = 1,
	FUNCTION_NAME = 2,
	FUNCTION_SYSTEM_NAME = 3,
	FUNCTION_FILE = 4,
};

/* Entries of string_table that do not depend on the profile; 0 is "". The texts of frame i follow: its function, its
 * file. */
enum { S_NONE, S_TITLE, S_COUNT, S_BYTES, S_US, S_SAMPLES, S_CPU, S_OBJECTS, S_SPACE, S_ALIVE_OBJECTS, S_ALIVE, N_S };

static const char *const fixed_strings[N_S] = {
	[S_NONE] = "",
	[S_COUNT] = "count",
	[S_BYTES] = "bytes",
	[S_US] = "microseconds",
	[S_SAMPLES] = "samples",
	[S_CPU] = "cpu",
	[S_OBJECTS] = "alloc_objects",
	[S_SPACE] = "alloc_space",
	[S_ALIVE_OBJECTS] = "inuse_objects",
	[S_ALIVE] = "inuse_space",
};

static void add_type(struct strbuf *out, unsigned field, unsigned type, unsigned unit)
{
	struct strbuf message CLEANUP(strbuf_deinit) = STRBUF_INIT;

	proto_number(&message, TYPE_TYPE, type);
	proto_number(&message, TYPE_UNIT, unit);
	proto_message(out, field, &message);
}

/* In the order of add_values. */
static void add_types(struct strbuf *out, const struct sites *s)
{
	bool is_time = s->unit == SITES_TIME;

	add_type(out, PROFILE_SAMPLE_TYPE, S_SAMPLES, S_COUNT);
	if (s->has_counts)
		add_type(out, PROFILE_SAMPLE_TYPE, S_OBJECTS, S_COUNT);
	add_type(out, PROFILE_SAMPLE_TYPE, is_time ? S_CPU : S_SPACE, is_time ? S_US : S_BYTES);
	if (s->has_alive) {
		add_type(out, PROFILE_SAMPLE_TYPE, S_ALIVE_OBJECTS, S_COUNT);
		add_type(out, PROFILE_SAMPLE_TYPE, S_ALIVE, S_BYTES);
	}
	add_type(out, PROFILE_PERIOD_TYPE, is_time ? S_CPU : S_SPACE, is_time ? S_US : S_BYTES);
	if (s->step_bytes)
		proto_number(out, PROFILE_PERIOD, s->step_bytes);
	proto_number(out, PROFILE_COMMENT, S_TITLE);
	proto_number(out, PROFILE_DEFAULT_TYPE, is_time ? S_CPU : S_SPACE);
}

static void add_values(struct strbuf *out, const struct sites *s, const struct sites_sum *sum)
{
	proto_number(out, SAMPLE_VALUE, sum->n_samples);
	if (s->has_counts)
		proto_number(out, SAMPLE_VALUE, sum->count);
	proto_number(out, SAMPLE_VALUE, sum->bytes);
	if (s->has_alive) {
		proto_number(out, SAMPLE_VALUE, sum->alive_count);
		proto_number(out, SAMPLE_VALUE, sum->alive_bytes);
	}
}

/* Frame i is location and function i + 1; the one behind the last stands for calls that are not known. */
static void add_sample(struct strbuf *out, const struct sites *s, uint32_t node)
{
	struct strbuf message CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct sites_chain chain;

	sites_chain(s, node, &chain);
	for (size_t i = 0; i < chain.n_frames; i++)
		proto_number(&message, SAMPLE_LOCATION, (uint64_t)chain.frames[i] + 1);
	if (chain.n_frames == 0)
		proto_number(&message, SAMPLE_LOCATION, s->n_frames + 1);
	add_values(&message, s, &s->nodes[node].own);
	proto_message(out, PROFILE_SAMPLE, &message);
}

static void add_location(struct strbuf *out, const struct sites *s, uint64_t i)
{
	struct strbuf message CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct strbuf line CLEANUP(strbuf_deinit) = STRBUF_INIT;

	proto_number(&line, LINE_FUNCTION, i + 1);
	if (i < s->n_frames && s->frames[i].line)
		proto_number(&line, LINE_LINE, s->frames[i].line);
	proto_number(&message, LOCATION_ID, i + 1);
	proto_message(&message, LOCATION_LINE, &line);
	proto_message(out, PROFILE_LOCATION, &message);
}

static void add_function(struct strbuf *out, uint64_t i)
{
	struct strbuf message CLEANUP(strbuf_deinit) = STRBUF_INIT;

	proto_number(&message, FUNCTION_ID, i + 1);
	proto_number(&message, FUNCTION_NAME, N_S + 2 * i);
	proto_number(&message, FUNCTION_SYSTEM_NAME, N_S + 2 * i);
	proto_number(&message, FUNCTION_FILE, N_S + 2 * i + 1);
	proto_message(out, PROFILE_FUNCTION, &message);
}

static void add_strings(struct strbuf *out, const struct sites_view *view)
{
	const struct sites *s = view->sites;

	for (unsigned i = 0; i < N_S; i++)
		proto_text(out, PROFILE_STRING, i == S_TITLE ? view->title : fixed_strings[i]);
	for (size_t i = 0; i < s->n_frames; i++) {
		proto_text(out, PROFILE_STRING, s->frames[i].function[0] ? s->frames[i].function : "?");
		proto_text(out, PROFILE_STRING, s->frames[i].file);
	}
	proto_text(out, PROFILE_STRING, "[calls not known]");
	proto_text(out, PROFILE_STRING, "");
}

static void add_profile(struct strbuf *out, const struct sites_view *view, const struct sites_ends *ends)
{
	const struct sites *s = view->sites;

	add_types(out, s);
	for (size_t i = 0; i < ends->n_nodes; i++)
		add_sample(out, s, ends->nodes[i]);
	for (size_t i = 0; i <= s->n_frames; i++) {
		add_location(out, s, i);
		add_function(out, i);
	}
	add_strings(out, view);
}

/* One member without a name or a time, of no system in particular, so that the same profile always is the same file. */
static int add_gzip(struct strbuf *out, const struct strbuf *bytes)
{
	enum { GZIP = 16, SYSTEM_NOT_KNOWN = 255 };
	gz_header header = { .os = SYSTEM_NOT_KNOWN };
	z_stream z = { .next_in = (Bytef *)bytes->text, .avail_in = (uInt)bytes->n_bytes };
	char packed[4096];
	int r = deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + GZIP, 8, Z_DEFAULT_STRATEGY);

	if (r != Z_OK)
		return -ENOMEM;
	deflateSetHeader(&z, &header);
	while (r == Z_OK) {
		z.next_out = (Bytef *)packed;
		z.avail_out = sizeof(packed);
		r = deflate(&z, Z_FINISH);
		strbuf_add(out, packed, sizeof(packed) - z.avail_out);
	}
	deflateEnd(&z);
	return r == Z_STREAM_END ? 0 : -ENOMEM;
}

void pprof_sites(struct strbuf *out, const struct sites_view *view)
{
	struct strbuf profile CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct sites_ends ends;

	if (sites_ends(view->sites, &ends) < 0)
		out->error = -ENOMEM;
	add_profile(&profile, view, &ends);
	if (strbuf_error(&profile) < 0 || add_gzip(out, &profile) < 0)
		out->error = -ENOMEM;
	sites_ends_deinit(&ends);
}
