#include "memprof/layout/board_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "board_values.h"
#include "memprof/base/json_read.h"

static const char *const memory_kind_names[N_BOARD_MEMORY_KINDS] = {
	[BOARD_SRAM] = "sram",   [BOARD_TCM] = "tcm",     [BOARD_PSRAM] = "psram",
	[BOARD_SDRAM] = "sdram", [BOARD_FLASH] = "flash", [BOARD_ROM] = "rom",
};

const char *board_memory_kind_name(enum board_memory_kind kind) { return memory_kind_names[kind]; }

static const char *const firmwares[] = { "micropython", "circuitpython", "openmv", "badgeware" };
static const char *const spaces[] = { LAYOUT_CPU, LAYOUT_FLASH, LAYOUT_PSRAM };

/* Kinds of spans in a file: not memories, which have a list of their own, and not the contents of images. */
static const char *const span_kind_words[] = {
	"region", "bootloader", "table", "partition", "filesystem", "heap", "stack", "pool", "reserved",
};
static const enum span_kind span_kinds[ARRAY_SIZE(span_kind_words)] = {
	SPAN_REGION, SPAN_BOOTLOADER, SPAN_TABLE, SPAN_PARTITION, SPAN_FILESYSTEM,
	SPAN_HEAP,   SPAN_STACK,      SPAN_POOL,  SPAN_RESERVED,
};

/* ---- spans ---- */

static bool inside(uint64_t start, uint64_t size_bytes, uint64_t of_start, uint64_t of_bytes)
{
	return start >= of_start && start - of_start <= of_bytes && size_bytes <= of_bytes - (start - of_start);
}

static bool apart(uint64_t a, uint64_t a_bytes, uint64_t b, uint64_t b_bytes)
{
	return a < b ? b - a >= a_bytes : a - b >= b_bytes;
}

/* "start" in the space or "offset" in the memory; NOT_KNOWN without both. */
static uint64_t read_span_start(struct board_reader *in, const struct json_value *object)
{
	const struct board_memory *memory = &in->board->memories[in->i_memory];
	const struct json_value *start = in->error ? NULL : json_value_member(object, "start");
	const struct json_value *offset = in->error ? NULL : json_value_member(object, "offset");

	if (start && offset)
		board_refuse(
			in, json_value_name_place(offset),
			"'start' is there already; keep one of 'start' (an address) and 'offset' (into the memory)");
	if (start)
		return board_address(in, start);
	if (!offset)
		return NOT_KNOWN;
	uint64_t at = board_size(in, offset);
	if (!in->error && at >= memory->size_bytes)
		board_refuse(in, json_value_place(offset), "'offset' is beyond '%.40s', which has %" PRIu64 " bytes",
			     memory->name, memory->size_bytes);
	return memory->start + at;
}

/* Layouts and diffs identify spans by name. */
static void check_span_name(struct board_reader *in, const struct json_value *object, const struct board_span *span)
{
	const struct board_file *board = in->board;

	for (size_t i = 0; i < board->n_spans && !in->error; i++)
		if (board->spans[i].i_memory == span->i_memory && strcmp(board->spans[i].name, span->name) == 0)
			board_refuse(in, json_value_place(json_value_member(object, "name")),
				     "'%.40s' has a span '%.40s' already; give each its own name",
				     board->memories[span->i_memory].name, span->name);
}

static void check_span_range(struct board_reader *in, const struct json_value *object, const struct board_span *span)
{
	const struct board_file *board = in->board;
	const struct board_memory *memory = &board->memories[span->i_memory];

	if (in->error)
		return;
	struct place place = json_value_place(object);
	if (span->start == NOT_KNOWN) {
		if (span->size_bytes > memory->size_bytes)
			board_refuse(in, place, "'%.40s' has %" PRIu64 " bytes, more than the %" PRIu64 " of '%.40s'",
				     span->name, span->size_bytes, memory->size_bytes, memory->name);
		return;
	}
	if (!inside(span->start, span->size_bytes, memory->start, memory->size_bytes))
		board_refuse(in, place,
			     "'%.40s', 0x%" PRIx64 " and %" PRIu64 " bytes, does not lie in '%.40s', 0x%" PRIx64
			     " and %" PRIu64 " bytes",
			     span->name, span->start, span->size_bytes, memory->name, memory->start,
			     memory->size_bytes);
	for (size_t i = 0; i < board->n_spans; i++) {
		const struct board_span *other = &board->spans[i];
		if (other->i_memory != span->i_memory || other->start == NOT_KNOWN ||
		    apart(span->start, span->size_bytes, other->start, other->size_bytes))
			continue;
		bool same = span->start == other->start && span->size_bytes == other->size_bytes;
		bool nested = inside(span->start, span->size_bytes, other->start, other->size_bytes) ||
			      inside(other->start, other->size_bytes, span->start, span->size_bytes);
		if (same && span->kind == other->kind)
			board_refuse(in, place, "'%.40s' has the same range as '%.40s'; keep one", span->name,
				     other->name);
		else if (!nested)
			board_refuse(in, place,
				     "'%.40s' overlaps '%.40s'; spans must be apart, or one completely in the other",
				     span->name, other->name);
	}
}

static void read_span(struct board_reader *in, const struct json_value *object)
{
	static const char *const members[] = { "name", "kind", "start", "offset", "size", "says", NULL };
	struct board_span span = { .i_memory = in->i_memory, .of_partitions = in->of_partitions };

	if (in->board->n_spans == BOARD_FILE_SPANS_MAX)
		board_refuse(in, json_value_place(object), "more than the %d spans that a board may have",
			     BOARD_FILE_SPANS_MAX);
	board_expect_members(in, object, members);
	span.name = board_text(in, object, "name", BOARD_FILE_NAME_MAX_CHARS);
	span.kind = span_kinds[board_word(in, object, "kind", span_kind_words, ARRAY_SIZE(span_kind_words))];
	span.start = read_span_start(in, object);
	span.size_bytes = board_extent(in, object);
	span.summary = board_optional_text(in, object, "says");
	check_span_name(in, object, &span);
	if (!in->error && span.of_partitions && span.start == NOT_KNOWN)
		board_refuse(in, json_value_place(object),
			     "'%.40s' has no 'offset'; the rows of a partition table need one", span.name);
	check_span_range(in, object, &span);
	board_add(in, spans, span);
}

/* ---- memories ---- */

static void check_memory(struct board_reader *in, const struct json_value *object, const struct board_memory *memory)
{
	for (size_t i = 0; i < in->board->n_memories && !in->error; i++) {
		const struct board_memory *other = &in->board->memories[i];
		if (strcmp(other->name, memory->name) == 0)
			board_refuse(in, json_value_place(object),
				     "there is a memory '%.40s' already; give each its own name", memory->name);
		else if (other->space == memory->space &&
			 !apart(memory->start, memory->size_bytes, other->start, other->size_bytes))
			board_refuse(in, json_value_place(object),
				     "'%.40s' overlaps '%.40s'; use 'mappings' for a second address of the same bytes",
				     memory->name, other->name);
	}
}

static void read_memory(struct board_reader *in, const struct json_value *object)
{
	static const char *const members[] = { "name", "kind", "space", "start", "size", "says", "spans", NULL };
	struct board_memory memory = { .summary = NULL };

	board_expect_members(in, object, members);
	memory.name = board_text(in, object, "name", BOARD_FILE_NAME_MAX_CHARS);
	memory.kind = (enum board_memory_kind)board_word(in, object, "kind", memory_kind_names, N_BOARD_MEMORY_KINDS);
	memory.space = spaces[board_word(in, object, "space", spaces, ARRAY_SIZE(spaces))];
	board_range(in, object, &memory.start, &memory.size_bytes);
	memory.summary = board_optional_text(in, object, "says");
	check_memory(in, object, &memory);
	board_add(in, memories, memory);
	if (in->error)
		return;
	in->i_memory = (uint32_t)in->board->n_memories - 1;
	if (json_value_member(object, "spans"))
		board_list(in, object, "spans", BOARD_FILE_SPANS_MAX, read_span);
}

/* ---- the rest ---- */

static void read_partitions(struct board_reader *in, const struct json_value *root)
{
	static const char *const members[] = { "table", "memory", "rows", NULL };
	const struct json_value *partitions = in->error ? NULL : json_value_member(root, "partitions");
	struct board_file *board = in->board;

	if (!partitions)
		return;
	board_expect_members(in, partitions, members);
	board->partition_table = board_text(in, partitions, "table", BOARD_FILE_TEXT_MAX_CHARS);
	const char *memory = board_text(in, partitions, "memory", BOARD_FILE_NAME_MAX_CHARS);
	for (in->i_memory = 0; in->i_memory < board->n_memories; in->i_memory++)
		if (strcmp(board->memories[in->i_memory].name, memory) == 0)
			break;
	if (!in->error && in->i_memory == board->n_memories)
		board_refuse(in, json_value_place(json_value_member(partitions, "memory")),
			     "no memory '%.40s' in this file", memory);
	in->of_partitions = true;
	board_list(in, partitions, "rows", BOARD_FILE_SPANS_MAX, read_span);
}

/* A mapping shows a part of one memory. */
static void check_mapping(struct board_reader *in, const struct json_value *object, const struct layout_mapping *m)
{
	bool found = false;

	if (in->error)
		return;
	if (m->space == m->to_space && !apart(m->start, m->size_bytes, m->to_start, m->size_bytes))
		board_refuse(in, json_value_place(object), "a mapping cannot show itself");
	for (size_t i = 0; i < in->board->n_memories; i++) {
		const struct board_memory *memory = &in->board->memories[i];
		found |= memory->space == m->to_space &&
			 inside(m->to_start, m->size_bytes, memory->start, memory->size_bytes);
	}
	if (!found)
		board_refuse(in, json_value_place(object),
			     "no memory of '%s' has all of 0x%" PRIx64 " and %" PRIu64 " bytes, which this shows",
			     m->to_space, m->to_start, m->size_bytes);
}

static void read_mapping(struct board_reader *in, const struct json_value *object)
{
	static const char *const members[] = { "space", "start", "size", "to_space", "to_start", NULL };
	struct layout_mapping mapping = { .start = 0 };

	board_expect_members(in, object, members);
	mapping.space = spaces[board_word(in, object, "space", spaces, ARRAY_SIZE(spaces))];
	board_range(in, object, &mapping.start, &mapping.size_bytes);
	mapping.to_space = spaces[board_word(in, object, "to_space", spaces, ARRAY_SIZE(spaces))];
	mapping.to_start = board_address(in, board_require(in, object, "to_start"));
	check_mapping(in, object, &mapping);
	board_add(in, mappings, mapping);
}

static void read_source(struct board_reader *in, const struct json_value *object)
{
	static const char *const members[] = { "repository", "path", "commit", "says", NULL };
	struct board_source source = { .commit = NULL };

	board_expect_members(in, object, members);
	source.repository = board_text(in, object, "repository", BOARD_FILE_TEXT_MAX_CHARS);
	source.path = board_text(in, object, "path", BOARD_FILE_TEXT_MAX_CHARS);
	source.commit = board_optional_text(in, object, "commit");
	source.summary = board_text(in, object, "says", BOARD_FILE_TEXT_MAX_CHARS);
	if (source.commit && !in->error &&
	    (strlen(source.commit) < 7 || strlen(source.commit) > 40 ||
	     source.commit[strspn(source.commit, "0123456789abcdef")]))
		board_refuse(in, json_value_place(json_value_member(object, "commit")),
			     "'commit' must be 7 to 40 lower-case hexadecimal digits");
	board_add(in, sources, source);
}

static void read_head(struct board_reader *in, const struct json_value *root)
{
	static const char *const members[] = { "$schema",    "schema",   "name", "title",  "maker",
					       "mcu",        "firmware", "port", "source", "memories",
					       "partitions", "mappings", NULL };
	struct board_file *board = in->board;
	const struct json_value *schema = board_require(in, root, "schema");
	const char *text = NULL;

	if (!in->error)
		in->error = json_value_text(schema, &text, in->diag);
	if (!in->error && strcmp(text, BOARD_FILE_SCHEMA) != 0)
		board_refuse(in, json_value_place(schema),
			     "expected the schema '" BOARD_FILE_SCHEMA "', found '%.40s'; is this the right file?",
			     text);
	board_expect_members(in, root, members); /* after the schema: another one has other members */
	board->name = board_name(in, root);
	board->title = board_text(in, root, "title", BOARD_FILE_NAME_MAX_CHARS);
	board->maker = board_text(in, root, "maker", BOARD_FILE_NAME_MAX_CHARS);
	board->mcu = board_text(in, root, "mcu", BOARD_FILE_NAME_MAX_CHARS);
	board->firmware = firmwares[board_word(in, root, "firmware", firmwares, ARRAY_SIZE(firmwares))];
	board->port = board_text(in, root, "port", BOARD_FILE_NAME_MAX_CHARS);
}

int board_file_read(const char *text, size_t n_bytes, const char *name, struct board_file **ret, struct diag *diag)
{
	struct board_file *board = calloc(1, sizeof(*board));
	struct board_reader in = { .board = board, .diag = diag };

	if (!board)
		return diag_set(diag, -ENOMEM, "out of memory");
	in.error = json_document_read(text, n_bytes, name, &board->document, diag);
	if (in.error) {
		free(board);
		return in.error;
	}
	const struct json_value *root = json_document_root(board->document);
	read_head(&in, root);
	board_list(&in, root, "source", BOARD_FILE_SOURCES_MAX, read_source);
	board_list(&in, root, "memories", BOARD_FILE_MEMORIES_MAX, read_memory);
	read_partitions(&in, root);
	if (!in.error && json_value_member(root, "mappings"))
		board_list(&in, root, "mappings", BOARD_FILE_MAPPINGS_MAX, read_mapping);
	if (in.error)
		board_file_free(board);
	else
		*ret = board;
	return in.error;
}

void board_file_free(struct board_file *board)
{
	if (!board)
		return;
	vec_deinit(board, sources);
	vec_deinit(board, memories);
	vec_deinit(board, spans);
	vec_deinit(board, mappings);
	json_document_free(board->document);
	free(board);
}

uint64_t board_file_memory_bytes(const struct board_file *board, unsigned kinds)
{
	uint64_t n = 0;

	for (size_t i = 0; i < board->n_memories; i++)
		if (kinds & 1u << board->memories[i].kind)
			n = MIN(n + board->memories[i].size_bytes, NOT_KNOWN - 1);
	return n;
}
