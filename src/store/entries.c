#include "entries.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "memprof/base/number.h"

enum {
	JOINED_BYTES = 3, /* runs with so few equal bytes between them are one */
	LEVEL = 19,       /* of zstd: a blob is small, and there is one every two seconds */
	LEVEL_LARGE = 6,
	LARGE_BYTES = 128 << 10,
	BEFORE_MAX_BYTES = 256 << 10,
};

/* ---- numbers: 7 bits a byte, the lowest first ---- */

static void put(struct entries *e, enum entries_stream stream, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		strbuf_putc(&e->streams[stream], (char)(0x80 | (value & 0x7f)));
	strbuf_putc(&e->streams[stream], (char)value);
}

static bool get_number(const uint8_t **at, const uint8_t *end, uint64_t *ret)
{
	*ret = 0;
	for (unsigned shift = 0; *at < end && shift < 64; shift += 7) {
		uint8_t byte = *(*at)++;
		if (shift == 63 && byte > 1)
			return false;
		*ret |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return true;
	}
	return false;
}

static bool get(struct entries_reader *r, enum entries_stream stream, uint64_t *ret)
{
	return get_number(&r->streams[stream].at, r->streams[stream].end, ret);
}

/* ---- writing ---- */

void entries_deinit(struct entries *e)
{
	for (size_t i = 0; i < N_ENTRIES_STREAMS; i++)
		strbuf_deinit(&e->streams[i]);
}

void entries_reset(struct entries *e)
{
	for (size_t i = 0; i < N_ENTRIES_STREAMS; i++)
		strbuf_reset(&e->streams[i]);
}

size_t entries_bytes(const struct entries *e)
{
	size_t n = 0;

	for (size_t i = 0; i < N_ENTRIES_STREAMS; i++)
		n += e->streams[i].n_bytes;
	return n;
}

static size_t n_equal(const uint8_t *a, const uint8_t *b, size_t n)
{
	size_t i = 0;

	while (n - i >= 64 && memcmp(a + i, b + i, 64) == 0)
		i += 64;
	while (i < n && a[i] == b[i])
		i++;
	return i;
}

/* Up to more than JOINED_BYTES equal ones. */
static size_t n_different(const uint8_t *a, const uint8_t *b, size_t n)
{
	size_t i = 0, end = 0;

	while (i < n && i - end <= JOINED_BYTES) {
		if (a[i] != b[i])
			end = i + 1;
		i++;
	}
	return end;
}

/* Returns how many runs there are. */
static uint64_t add_runs(struct entries *e, const uint8_t *old, const uint8_t *new, size_t n_bytes)
{
	uint64_t n_runs = 0;

	for (size_t i = 0; i < n_bytes; n_runs++) {
		size_t n_stay = n_equal(old + i, new + i, n_bytes - i);
		i += n_stay;
		size_t n_new = n_different(old + i, new + i, n_bytes - i);
		if (n_new == 0)
			break;
		put(e, ENTRIES_STAYS, n_stay);
		put(e, ENTRIES_COUNTS, n_new);
		strbuf_add(&e->streams[ENTRIES_CONTENT], new + i, n_new);
		i += n_new;
	}
	return n_runs;
}

void entries_add(struct entries *e, uint64_t id_step, const void *old, const void *new, size_t n_bytes)
{
	put(e, ENTRIES_HEADS, id_step << 1 | !old);
	if (old) {
		put(e, ENTRIES_HEADS, add_runs(e, old, new, n_bytes));
	} else {
		put(e, ENTRIES_HEADS, n_bytes);
		strbuf_add(&e->streams[ENTRIES_CONTENT], new, n_bytes);
	}
}

void entries_join(const struct entries *e, struct strbuf *out)
{
	struct entries sizes = { 0 };

	for (size_t i = 0; i < N_ENTRIES_STREAMS; i++)
		put(&sizes, ENTRIES_HEADS, e->streams[i].n_bytes);
	strbuf_add(out, strbuf_text(&sizes.streams[ENTRIES_HEADS]), sizes.streams[ENTRIES_HEADS].n_bytes);
	for (size_t i = 0; i < N_ENTRIES_STREAMS; i++) {
		strbuf_add(out, strbuf_text(&e->streams[i]), e->streams[i].n_bytes);
		if (strbuf_error(&e->streams[i]))
			out->error = -ENOMEM;
	}
	entries_deinit(&sizes);
}

int entries_pack(struct strbuf *out, const struct strbuf *joined, const struct strbuf *before)
{
	size_t room = ZSTD_compressBound(joined->n_bytes), n = 0;
	ZSTD_CCtx *context = ZSTD_createCCtx();
	void *packed = malloc(room);

	if (context && packed) {
		ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel,
				       joined->n_bytes > LARGE_BYTES ? LEVEL_LARGE : LEVEL);
		ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
		ZSTD_CCtx_refPrefix(context, strbuf_text(before), before->n_bytes);
		n = ZSTD_compress2(context, packed, room, strbuf_text(joined), joined->n_bytes);
	}
	bool ok = n > 0 && !ZSTD_isError(n);
	if (ok)
		strbuf_add(out, packed, n);
	free(packed);
	ZSTD_freeCCtx(context);
	return ok && !strbuf_error(out) ? 0 : -ENOMEM;
}

void entries_follow(struct strbuf *before, const struct strbuf *joined)
{
	if (before->n_bytes + joined->n_bytes > BEFORE_MAX_BYTES)
		strbuf_reset(before);
	strbuf_add(before, strbuf_text(joined), joined->n_bytes);
}

/* ---- reading ---- */

void unpacker_deinit(struct unpacker *u)
{
	ZSTD_freeDCtx(u->context);
	free(u->room);
	*u = (struct unpacker){ .context = NULL };
}

static bool has_room(struct unpacker *u, size_t n_bytes)
{
	if (!u->context)
		u->context = ZSTD_createDCtx();
	if (n_bytes > u->n_room || !u->room) {
		free(u->room);
		u->n_room = MAX(n_bytes, (size_t)1);
		u->room = malloc(u->n_room);
	}
	return u->context && u->room;
}

int entries_unpack(struct unpacker *u, struct strbuf *out, const void *bytes, size_t n_bytes, size_t n_joined,
		   const struct strbuf *before)
{
	if (!has_room(u, n_joined))
		return -ENOMEM;
	ZSTD_DCtx_reset(u->context, ZSTD_reset_session_only);
	ZSTD_DCtx_refPrefix(u->context, strbuf_text(before), before->n_bytes);
	size_t n = ZSTD_decompressDCtx(u->context, u->room, n_joined, bytes, n_bytes);
	if (ZSTD_isError(n) || n != n_joined)
		return -EBADMSG;
	strbuf_add(out, u->room, n);
	return strbuf_error(out);
}

bool entries_read(struct entries_reader *r, const struct strbuf *joined)
{
	const uint8_t *at = (const uint8_t *)strbuf_text(joined), *end = at + joined->n_bytes;
	uint64_t sizes[N_ENTRIES_STREAMS];

	*r = (struct entries_reader){ .is_key = false };
	for (size_t i = 0; i < N_ENTRIES_STREAMS; i++)
		if (!get_number(&at, end, &sizes[i]))
			return false;
	for (size_t i = 0; i < N_ENTRIES_STREAMS; i++) {
		if (sizes[i] > (uint64_t)(end - at))
			return false;
		r->streams[i].at = at;
		r->streams[i].end = at += sizes[i];
	}
	return at == end;
}

bool entries_next(struct entries_reader *r, uint64_t *ret_id_step)
{
	uint64_t head;

	if (r->streams[ENTRIES_HEADS].at == r->streams[ENTRIES_HEADS].end)
		return false;
	bool ok = get(r, ENTRIES_HEADS, &head) && get(r, ENTRIES_HEADS, &r->n);
	r->is_key = head & 1;
	*ret_id_step = ok ? head >> 1 : NOT_KNOWN;
	return true;
}

static const uint8_t *take_content(struct entries_reader *r, uint64_t n)
{
	const uint8_t *at = r->streams[ENTRIES_CONTENT].at;

	if (n > (uint64_t)(r->streams[ENTRIES_CONTENT].end - at))
		return NULL;
	r->streams[ENTRIES_CONTENT].at += n;
	return at;
}

bool entries_apply(struct entries_reader *r, struct strbuf *code)
{
	uint64_t i = 0, n_stay, n_new;

	if (r->is_key) {
		const uint8_t *bytes = take_content(r, r->n);
		if (bytes && code) {
			strbuf_reset(code);
			strbuf_add(code, bytes, (size_t)r->n);
		}
		return bytes && (!code || !strbuf_error(code));
	}
	for (; r->n > 0; r->n--) {
		if (!get(r, ENTRIES_STAYS, &n_stay) || !get(r, ENTRIES_COUNTS, &n_new))
			return false;
		const uint8_t *bytes = take_content(r, n_new);
		if (!bytes)
			return false;
		if (!code)
			continue;
		if (n_stay > code->n_bytes - i || n_new > code->n_bytes - i - n_stay)
			return false;
		if (n_new > 0) /* without one, there may be no text */
			memcpy(code->text + i + n_stay, bytes, (size_t)n_new);
		i += n_stay + n_new;
	}
	return true;
}
