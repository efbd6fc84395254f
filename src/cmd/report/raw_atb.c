#include "report/raw_atb.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/cli/message.h"
#include "memprof/io/source.h"
#include "memprof/model/heap.h"
#include "report/document.h"

struct spec {
	uint64_t address, n_blocks, block_bytes;
};

static bool parse(const char *text, struct spec *ret)
{
	char copy[96], *rest = copy, *part[3];
	size_t n = 0;

	if (strlen(text) >= sizeof(copy))
		return false;
	strcpy(copy, text);
	for (; n < 3 && rest; n++) {
		part[n] = rest;
		rest = strchr(rest, ':');
		if (rest)
			*rest++ = '\0';
	}
	ret->block_bytes = 16;
	if (rest || n < 2 || number_parse(part[1], &ret->n_blocks) < 0 ||
	    (n == 3 && number_parse(part[2], &ret->block_bytes) < 0))
		return false;
	const char *digits = part[0], *end = digits + strlen(digits);
	if (strncmp(digits, "0x", 2) == 0 || strncmp(digits, "0X", 2) == 0)
		digits += 2;
	return number_scan_hex(digits, end, &ret->address) == end && ret->n_blocks > 0 &&
	       ret->n_blocks <= HEAP_BLOCKS_MAX && heap_block_bytes_ok(ret->block_bytes) &&
	       ret->address <= UINT64_MAX - ret->n_blocks * ret->block_bytes;
}

/* The whole file, at most n_wanted + 1 bytes of it. */
static int read_table(const char *name, uint8_t *bytes, size_t n_wanted, size_t *ret_n)
{
	struct diag diag = { 0 };
	struct source *source;
	ssize_t n = 0;

	*ret_n = 0;
	if (source_kind_of(name)->live) {
		message_error("--raw-atb reads a file, not a board: '%s'", name);
		return -EINVAL;
	}
	if (source_open(name, &source, &diag) < 0) {
		message_diag(&diag);
		return -EINVAL;
	}
	while (*ret_n <= n_wanted && (n = source_read(source, bytes + *ret_n, n_wanted + 1 - *ret_n)) > 0)
		*ret_n += (size_t)n;
	source_close(source);
	if (n < 0)
		message_at((struct place){ .file = name }, "error", "cannot read it: %s", strerror((int)-n));
	return n < 0 ? -EIO : 0;
}

static int report_table(struct output *out, const struct heap_args *args, const char *name, const struct spec *spec,
			const uint8_t *table, size_t n_bytes)
{
	struct document d = { .out = out, .title = name };
	struct event event = { .kind = EVENT_SNAPSHOT, .at_us = NOT_KNOWN, .snapshot = EVENT_SNAPSHOT_INIT };
	struct input_info input = { name, "raw-atb", n_bytes, 1 };
	struct heap heap;
	int code = EXIT_INPUT;

	if (report_options_read(args, &d.options) < 0)
		return code;
	heap_init(&heap);
	if (heap_from_atb(&heap, spec->address, (uint32_t)spec->block_bytes, table, (uint32_t)spec->n_blocks) < 0 ||
	    document_begin(&d, &(struct capture_options){ .live = false }) < 0) {
		message_error("out of memory");
	} else {
		event.snapshot.heap = &heap;
		event.snapshot.n_lines = 1;
		capture_event(d.capture, &event);
		code = document_end(&d, &input, 1);
	}
	document_deinit(&d);
	heap_deinit(&heap);
	return code;
}

int raw_atb(struct output *out, const char *name, const struct heap_args *args, const char *text)
{
	struct spec spec;
	int code = EXIT_INPUT;
	size_t n;

	if (!parse(text, &spec)) {
		message_error(
			"--raw-atb takes ADDRESS:BLOCKS[:BLOCK_BYTES] such as 0x20003e80:15384:16 (at most"
			" %d blocks of 8, 16, 32 or 64 bytes), not '%s'",
			HEAP_BLOCKS_MAX, text);
		return code;
	}
	size_t n_wanted = (spec.n_blocks + 3) / 4;
	uint8_t *table = malloc(n_wanted + 1);
	if (table && read_table(name, table, n_wanted, &n) == 0) {
		struct place at = { .file = name };
		if (n < n_wanted) {
			message_at(at, "error", "%" PRIu64 " blocks need %zu bytes, two bits a block; it has %zu",
				   spec.n_blocks, n_wanted, n);
		} else {
			if (n > n_wanted)
				message_at(at, "warning",
					   "it is longer than the %zu bytes of %" PRIu64
					   " blocks;"
					   " the rest is not looked at",
					   n_wanted, spec.n_blocks);
			code = report_table(out, args, name, &spec, table, n_wanted);
		}
	}
	free(table);
	return code;
}
