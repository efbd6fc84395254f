
#include "codes.h"
#include "entries.h"
#include "fuzz.h"
#include "memprof/base/number.h"

/* What a recording has besides SQL: any bytes as blobs of snapshots, as a snapshot, a board, or columns of an event.
 * What can be read is written and read again, and is the same. The first byte says which. */
enum { CODE_MAX_BYTES = 1 << 16 };

static void try_entries(const uint8_t *data, size_t size)
{
	struct strbuf joined = STRBUF_INIT, code = STRBUF_INIT;
	struct entries_reader r;
	uint64_t id_step;
	size_t n = 0;

	strbuf_add(&joined, data, size);
	if (entries_read(&r, &joined)) {
		while (entries_next(&r, &id_step) && id_step != NOT_KNOWN) {
			MUST(++n <= size);
			if (!entries_apply(&r, n % 3 ? &code : NULL))
				break;
		}
		MUST(code.n_bytes <= size);
	}
	strbuf_deinit(&joined);
	strbuf_deinit(&code);
}

static void try_unpack(const uint8_t *data, size_t size)
{
	struct unpacker unpacker = { .context = NULL };
	struct strbuf out = STRBUF_INIT, before = STRBUF_INIT;
	size_t n_before = size / 4, n_joined = size < 2 ? 0 : data[0] | (size_t)data[1] << 8;

	strbuf_add(&before, data, n_before);
	int r = entries_unpack(&unpacker, &out, data + n_before, size - n_before, n_joined, &before);
	MUST(r == 0 ? out.n_bytes == n_joined : r == -EBADMSG && out.n_bytes == 0);
	unpacker_deinit(&unpacker);
	strbuf_deinit(&out);
	strbuf_deinit(&before);
}

/* Both halves are snapshots: the second is what the first was, with what changed. */
static void try_changes(const uint8_t *data, size_t size)
{
	struct entries e = { 0 };
	struct entries_reader r;
	struct strbuf joined = STRBUF_INIT, code = STRBUF_INIT;
	size_t n = size / 2;
	uint64_t id_step;

	entries_add(&e, 3, NULL, data, n);
	entries_add(&e, 70000, data, data + n, n);
	entries_join(&e, &joined);
	MUST(entries_read(&r, &joined) && entries_next(&r, &id_step) && id_step == 3 && r.is_key);
	MUST(entries_apply(&r, &code) && code.n_bytes == n && memcmp(strbuf_text(&code), data, n) == 0);
	MUST(entries_next(&r, &id_step) && id_step == 70000 && !r.is_key);
	MUST(entries_apply(&r, &code) && code.n_bytes == n && memcmp(strbuf_text(&code), data + n, n) == 0);
	MUST(!entries_next(&r, &id_step));
	entries_deinit(&e);
	strbuf_deinit(&joined);
	strbuf_deinit(&code);
}

static void try_heap(const uint8_t *data, size_t size)
{
	struct heap heap, again;
	struct event event;
	struct strbuf first = STRBUF_INIT, second = STRBUF_INIT;

	heap_init(&heap);
	heap_init(&again);
	int r = heap_code_get(data, size, &heap, &event);
	MUST(r == 0 || r == -EBADMSG);
	if (r == 0) {
		MUST(heap_check(&heap) == 0);
		heap_code_put(&first, &event);
		MUST(first.n_bytes == size);
		MUST(heap_code_get((const uint8_t *)strbuf_text(&first), first.n_bytes, &again, &event) == 0);
		heap_code_put(&second, &event);
		MUST(second.n_bytes == size && memcmp(first.text, second.text, size) == 0);
	}
	heap_deinit(&heap);
	heap_deinit(&again);
	strbuf_deinit(&first);
	strbuf_deinit(&second);
}

static void try_board(const uint8_t *data, size_t size)
{
	static struct board_info board, again;
	struct strbuf code = STRBUF_INIT;

	if (board_code_get(data, size, &board)) {
		board_code_put(&code, &board);
		MUST(code.n_bytes == size);
		MUST(board_code_get((const uint8_t *)strbuf_text(&code), code.n_bytes, &again));
		MUST(strcmp(board.machine, again.machine) == 0 && board.n_modules == again.n_modules);
	}
	strbuf_deinit(&code);
}

/* Numbers, then texts with a NUL behind each. */
static const char *next_text(char **at, char *end)
{
	char *text = *at, *nul = memchr(text, '\0', (size_t)(end - text));

	*at = nul ? nul + 1 : end;
	return nul ? text : NULL;
}

static void try_event(const uint8_t *data, size_t size)
{
	char texts[601];
	size_t n = size < 24 ? 0 : MIN(size - 24, sizeof(texts) - 1);
	char *at = texts, *end = texts + n + 1;
	struct event_row row = { .kind = "" };
	struct event event, again;
	struct strbuf details = STRBUF_INIT;

	if (size < 24)
		return;
	memcpy(&row.bytes, data, 8);
	memcpy(&row.duration_us, data + 8, 8);
	memcpy(&row.board_us, data + 16, 8);
	memcpy(texts, data + 24, n);
	texts[n] = '\0';
	row.kind = next_text(&at, end);
	row.details = next_text(&at, end);
	row.pool = next_text(&at, end);
	if (event_code_get(&row, &event)) {
		MUST(event_code_has(event.kind));
		event_code_put(&event, &row, &details);
		MUST(event_code_get(&row, &again) && again.kind == event.kind);
	}
	strbuf_deinit(&details);
}

FUZZ(data, size)
{
	static void (*const tries[])(const uint8_t *data, size_t size) = { try_entries, try_unpack, try_changes,
									   try_heap,    try_board,  try_event };

	if (size > 0 && size <= CODE_MAX_BYTES)
		tries[data[0] % ARRAY_SIZE(tries)](data + 1, size - 1);
}
