#include <errno.h>

#include "codes.h"
#include "fuzz.h"
#include "memprof/base/number.h"
#include "pack.h"

/* What a recording has besides SQL: any bytes as a frame, a heap, a board, or the events of a batch. What can be read
 * is written and read again, and is the same. The first byte says which. */
enum { CODE_MAX_BYTES = 1 << 16 };

static void try_unpack(const uint8_t *data, size_t size)
{
	struct unpacker unpacker = { .context = NULL };
	struct strbuf out = STRBUF_INIT, before = STRBUF_INIT;
	size_t n_before = size / 4, n_unpacked = size < 2 ? 0 : data[0] | (size_t)data[1] << 8;

	strbuf_add(&before, data, n_before);
	int r = frame_unpack(&unpacker, &out, data + n_before, size - n_before, n_unpacked, &before);
	MUST(r == 0 ? out.n_bytes == n_unpacked : r == -EBADMSG && out.n_bytes == 0);
	unpacker_deinit(&unpacker);
	strbuf_deinit(&out);
	strbuf_deinit(&before);
}

/* Both halves are tables: the second is packed behind the first. */
static void try_pack(const uint8_t *data, size_t size)
{
	struct unpacker unpacker = { .context = NULL };
	struct strbuf first = STRBUF_INIT, second = STRBUF_INIT, packed = STRBUF_INIT, out = STRBUF_INIT;

	strbuf_add(&first, data, size / 2);
	strbuf_add(&second, data + size / 2, size - size / 2);
	MUST(frame_pack(&packed, &second, &first, size % 2) == 0);
	MUST(frame_unpack(&unpacker, &out, packed.text, packed.n_bytes, second.n_bytes, &first) == 0);
	MUST(out.n_bytes == second.n_bytes && memcmp(strbuf_text(&out), strbuf_text(&second), out.n_bytes) == 0);
	unpacker_deinit(&unpacker);
	strbuf_deinit(&first);
	strbuf_deinit(&second);
	strbuf_deinit(&packed);
	strbuf_deinit(&out);
}

static void try_heap(const uint8_t *data, size_t size)
{
	struct heap heap, again;
	struct strbuf first = STRBUF_INIT, second = STRBUF_INIT;

	heap_init(&heap);
	heap_init(&again);
	int r = heap_code_get((struct field_bytes){ data, size }, &heap);
	MUST(r == 0 || r == -EBADMSG);
	if (r == 0) {
		MUST(heap_check(&heap) == 0);
		heap_code_put(&first, &heap);
		MUST(first.n_bytes == size);
		MUST(heap_code_get((struct field_bytes){ (const uint8_t *)strbuf_text(&first), first.n_bytes },
				   &again) == 0);
		heap_code_put(&second, &again);
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

/* Events of a batch, one after the other. */
static void try_events(const uint8_t *data, size_t size)
{
	struct field_bytes in = { data, size };
	struct event_code code, again;
	struct strbuf bytes = STRBUF_INIT;
	struct heap heap;

	heap_init(&heap);
	while (in.n_bytes > 0) {
		const uint8_t *at = in.bytes;
		if (event_code_get(&in, &code) < 0)
			break;
		if (code.is_text)
			continue;
		if (code.event.kind == EVENT_SNAPSHOT) {
			int r = event_code_figures(&code, &heap);
			MUST(r == -EBADMSG || (r == 0 && heap_check(&heap) == 0));
			continue;
		}
		strbuf_reset(&bytes);
		event_code_put(&bytes, &code.event, NULL);
		MUST(bytes.n_bytes == (size_t)(in.bytes - at));
		struct field_bytes twice = { (const uint8_t *)bytes.text, bytes.n_bytes };
		MUST(event_code_get(&twice, &again) == 0 && again.event.kind == code.event.kind);
	}
	heap_deinit(&heap);
	strbuf_deinit(&bytes);
}

FUZZ(data, size)
{
	static void (*const tries[])(const uint8_t *data, size_t size) = { try_unpack, try_pack, try_heap, try_board,
									   try_events };

	if (size > 0 && size <= CODE_MAX_BYTES)
		tries[data[0] % ARRAY_SIZE(tries)](data + 1, size - 1);
}
