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
static const char *const spaces[] = { LAYOUT_CPU, LAYOUT_FLASH };

/* What a file may tell of: not memories, which are elsewhere in it, and not what an image fills. */
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

/* Where it begins: "start" in the space or "offset" in the memory; NOT_KNOWN if neither is there. */
static int read_span_start(const struct json_value *object, const struct board_memory *memory, uint64_t *ret,
			   struct diag *diag)
{
	const struct json_value *start = json_value_member(object, "start");
	const struct json_value *offset = json_value_member(object, "offset");
	uint64_t at = NOT_KNOWN;
	int r = 0;

	if (start && offset)
		return diag_at(diag, json_value_name_place(offset), -EINVAL,
			       "'start' is there already; keep"
			       " one of 'start' (an address) and 'offset' (into the memory)");
	if (start)
		r = board_address(start, &at, diag);
	if (offset)
		r = board_size(offset, &at, diag);
	if (r < 0)
		return r;
	if (offset && at >= memory->size_bytes)
		return diag_at(diag, json_value_place(offset), -EINVAL,
			       "'offset' is beyond '%.40s', which has"
			       " %" PRIu64 " bytes",
			       memory->name, memory->size_bytes);
	*ret = offset ? memory->start + at : at;
	return 0;
}

/* A diff, and the layout that joins what several inputs tell, go by names. */
static int check_span_name(const struct json_value *object, const struct board_file *board,
			   const struct board_span *span, struct diag *diag)
{
	for (size_t i = 0; i < board->n_spans; i++)
		if (board->spans[i].i_memory == span->i_memory && strcmp(board->spans[i].name, span->name) == 0)
			return diag_at(diag, json_value_place(json_value_member(object, "name")), -EINVAL,
				       "'%.40s' has a span '%.40s' already; give each its own name",
				       board->memories[span->i_memory].name, span->name);
	return 0;
}

static int check_span_room(const struct json_value *object, const struct board_file *board,
			   const struct board_span *span, struct diag *diag)
{
	const struct board_memory *memory = &board->memories[span->i_memory];
	struct place place = json_value_place(object);

	if (span->start == NOT_KNOWN && span->size_bytes > memory->size_bytes)
		return diag_at(diag, place, -EINVAL,
			       "'%.40s' has %" PRIu64 " bytes, more than the %" PRIu64 " of '%.40s'", span->name,
			       span->size_bytes, memory->size_bytes, memory->name);
	if (span->start == NOT_KNOWN)
		return 0;
	if (!inside(span->start, span->size_bytes, memory->start, memory->size_bytes))
		return diag_at(diag, place, -EINVAL,
			       "'%.40s', 0x%" PRIx64 " and %" PRIu64
			       " bytes, does not"
			       " lie in '%.40s', 0x%" PRIx64 " and %" PRIu64 " bytes",
			       span->name, span->start, span->size_bytes, memory->name, memory->start,
			       memory->size_bytes);
	for (size_t i = 0; i < board->n_spans; i++) {
		const struct board_span *other = &board->spans[i];
		if (other->i_memory != span->i_memory || other->start == NOT_KNOWN ||
		    apart(span->start, span->size_bytes, other->start, other->size_bytes))
			continue;
		bool same = span->start == other->start && span->size_bytes == other->size_bytes;
		if (same ? span->kind != other->kind :
			   inside(span->start, span->size_bytes, other->start, other->size_bytes) ||
				    inside(other->start, other->size_bytes, span->start, span->size_bytes))
			continue;
		return diag_at(diag, place, -EINVAL,
			       same ? "'%.40s' is just where '%.40s' is; keep one" :
				      "'%.40s' lies across '%.40s'; spans must be apart, or one whole in the other",
			       span->name, other->name);
	}
	return 0;
}

static int read_span(const struct json_value *object, struct board_file *board, uint32_t i_memory, bool of_partitions,
		     struct diag *diag)
{
	static const char *const members[] = { "name", "kind", "start", "offset", "size", "says", NULL };
	struct board_span span = { .i_memory = i_memory, .of_partitions = of_partitions }, *added;
	size_t kind = 0;
	int r = json_value_expect_members(object, members, diag);

	if (r == 0)
		r = board_text(object, "name", BOARD_FILE_NAME_MAX_CHARS, &span.name, diag);
	if (r == 0)
		r = board_word(object, "kind", span_kind_words, ARRAY_SIZE(span_kind_words), &kind, diag);
	if (r == 0)
		r = read_span_start(object, &board->memories[i_memory], &span.start, diag);
	if (r == 0)
		r = board_extent(object, &span.size_bytes, diag);
	if (r == 0)
		r = board_text_if_there(object, "says", &span.says, diag);
	if (r < 0)
		return r;
	span.kind = span_kinds[kind];
	r = check_span_name(object, board, &span, diag);
	if (r < 0)
		return r;
	if (of_partitions && span.start == NOT_KNOWN)
		return diag_at(diag, json_value_place(object), -EINVAL,
			       "'%.40s' has no 'offset'; a partition"
			       " table's rows are resolved here",
			       span.name);
	r = check_span_room(object, board, &span, diag);
	if (r < 0)
		return r;
	added = vec_add(board, spans);
	if (!added)
		return board_no_memory(diag);
	*added = span;
	return 0;
}

static int read_spans(const struct json_value *object, const char *name, struct board_file *board, uint32_t i_memory,
		      bool of_partitions, struct diag *diag)
{
	const struct json_value *list;
	int r = board_array(object, name, 1, BOARD_FILE_SPANS_MAX, &list, diag);

	if (r < 0)
		return r;
	if (json_value_count(list) > BOARD_FILE_SPANS_MAX - board->n_spans)
		return diag_at(diag, json_value_place(list), -EINVAL,
			       "more than the %d spans that are read of"
			       " a board",
			       BOARD_FILE_SPANS_MAX);
	for (const struct json_value *v = json_value_first(list); v && r == 0; v = json_value_next(v))
		r = read_span(v, board, i_memory, of_partitions, diag);
	return r;
}

/* ---- memories ---- */

static int check_memory(const struct json_value *object, const struct board_file *board,
			const struct board_memory *memory, struct diag *diag)
{
	for (size_t i = 0; i < board->n_memories; i++) {
		const struct board_memory *other = &board->memories[i];
		if (strcmp(other->name, memory->name) == 0)
			return diag_at(diag, json_value_place(object), -EINVAL,
				       "there is a memory '%.40s'"
				       " already; give each its own name",
				       memory->name);
		if (other->space == memory->space &&
		    !apart(memory->start, memory->size_bytes, other->start, other->size_bytes))
			return diag_at(diag, json_value_place(object), -EINVAL,
				       "'%.40s' overlaps '%.40s'; what"
				       " shows the same bytes twice belongs into 'mappings'",
				       memory->name, other->name);
	}
	return 0;
}

static int read_memory(const struct json_value *object, struct board_file *board, struct diag *diag)
{
	static const char *const members[] = { "name", "kind", "space", "start", "size", "says", "spans", NULL };
	struct board_memory memory = { .says = NULL }, *added;
	size_t kind = 0, space = 0;
	int r = json_value_expect_members(object, members, diag);

	if (r == 0)
		r = board_text(object, "name", BOARD_FILE_NAME_MAX_CHARS, &memory.name, diag);
	if (r == 0)
		r = board_word(object, "kind", memory_kind_names, N_BOARD_MEMORY_KINDS, &kind, diag);
	if (r == 0)
		r = board_word(object, "space", spaces, ARRAY_SIZE(spaces), &space, diag);
	if (r == 0)
		r = board_range(object, &memory.start, &memory.size_bytes, diag);
	if (r == 0)
		r = board_text_if_there(object, "says", &memory.says, diag);
	memory.kind = (enum board_memory_kind)kind;
	memory.space = spaces[space];
	if (r == 0)
		r = check_memory(object, board, &memory, diag);
	if (r < 0)
		return r;
	added = vec_add(board, memories);
	if (!added)
		return board_no_memory(diag);
	*added = memory;
	return json_value_member(object, "spans") ?
		       read_spans(object, "spans", board, (uint32_t)board->n_memories - 1, false, diag) :
		       0;
}

static int read_memories(const struct json_value *root, struct board_file *board, struct diag *diag)
{
	const struct json_value *list;
	int r = board_array(root, "memories", 1, BOARD_FILE_MEMORIES_MAX, &list, diag);

	if (r < 0)
		return r;
	for (const struct json_value *v = json_value_first(list); v && r == 0; v = json_value_next(v))
		r = read_memory(v, board, diag);
	return r;
}

/* ---- the rest ---- */

static int read_partitions(const struct json_value *root, struct board_file *board, struct diag *diag)
{
	static const char *const members[] = { "table", "memory", "rows", NULL };
	const struct json_value *partitions = json_value_member(root, "partitions");
	const char *memory;
	uint32_t i = 0;
	int r;

	if (!partitions)
		return 0;
	r = json_value_expect_members(partitions, members, diag);
	if (r == 0)
		r = board_text(partitions, "table", BOARD_FILE_TEXT_MAX_CHARS, &board->partition_table, diag);
	if (r == 0)
		r = board_text(partitions, "memory", BOARD_FILE_NAME_MAX_CHARS, &memory, diag);
	if (r < 0)
		return r;
	while (i < board->n_memories && strcmp(board->memories[i].name, memory) != 0)
		i++;
	if (i == board->n_memories)
		return diag_at(diag, json_value_place(json_value_member(partitions, "memory")), -EINVAL,
			       "no memory '%.40s' in this file", memory);
	return read_spans(partitions, "rows", board, i, true, diag);
}

/* What a mapping shows must be there: whole in one memory. */
static int check_mapping(const struct json_value *object, const struct board_file *board,
			 const struct layout_mapping *m, struct diag *diag)
{
	if (m->space == m->to_space && !apart(m->start, m->size_bytes, m->to_start, m->size_bytes))
		return diag_at(diag, json_value_place(object), -EINVAL, "a mapping cannot show itself");
	for (size_t i = 0; i < board->n_memories; i++) {
		const struct board_memory *memory = &board->memories[i];
		if (memory->space == m->to_space &&
		    inside(m->to_start, m->size_bytes, memory->start, memory->size_bytes))
			return 0;
	}
	return diag_at(diag, json_value_place(object), -EINVAL,
		       "no memory of '%s' has all of 0x%" PRIx64 " and %" PRIu64 " bytes, which this shows",
		       m->to_space, m->to_start, m->size_bytes);
}

static int read_mapping(const struct json_value *object, struct board_file *board, struct diag *diag)
{
	static const char *const members[] = { "space", "start", "size", "to_space", "to_start", NULL };
	struct layout_mapping mapping = { .start = 0 }, *added;
	const struct json_value *to_start;
	size_t space = 0, to_space = 0;
	int r = json_value_expect_members(object, members, diag);

	if (r == 0)
		r = board_word(object, "space", spaces, ARRAY_SIZE(spaces), &space, diag);
	if (r == 0)
		r = board_range(object, &mapping.start, &mapping.size_bytes, diag);
	if (r == 0)
		r = board_word(object, "to_space", spaces, ARRAY_SIZE(spaces), &to_space, diag);
	if (r == 0)
		r = json_value_require(object, "to_start", &to_start, diag);
	if (r == 0)
		r = board_address(to_start, &mapping.to_start, diag);
	mapping.space = spaces[space];
	mapping.to_space = spaces[to_space];
	if (r == 0)
		r = check_mapping(object, board, &mapping, diag);
	if (r < 0)
		return r;
	added = vec_add(board, mappings);
	if (!added)
		return board_no_memory(diag);
	*added = mapping;
	return 0;
}

static int read_mappings(const struct json_value *root, struct board_file *board, struct diag *diag)
{
	const struct json_value *list;
	int r;

	if (!json_value_member(root, "mappings"))
		return 0;
	r = board_array(root, "mappings", 1, BOARD_FILE_MAPPINGS_MAX, &list, diag);
	if (r < 0)
		return r;
	for (const struct json_value *v = json_value_first(list); v && r == 0; v = json_value_next(v))
		r = read_mapping(v, board, diag);
	return r;
}

static int read_source(const struct json_value *object, struct board_file *board, struct diag *diag)
{
	static const char *const members[] = { "repository", "path", "commit", "says", NULL };
	struct board_source source = { .commit = NULL }, *added;
	int r = json_value_expect_members(object, members, diag);

	if (r == 0)
		r = board_text(object, "repository", BOARD_FILE_TEXT_MAX_CHARS, &source.repository, diag);
	if (r == 0)
		r = board_text(object, "path", BOARD_FILE_TEXT_MAX_CHARS, &source.path, diag);
	if (r == 0)
		r = board_text_if_there(object, "commit", &source.commit, diag);
	if (r == 0)
		r = board_text(object, "says", BOARD_FILE_TEXT_MAX_CHARS, &source.says, diag);
	if (r < 0)
		return r;
	if (source.commit && (strlen(source.commit) < 7 || strlen(source.commit) > 40 ||
			      source.commit[strspn(source.commit, "0123456789abcdef")]))
		return diag_at(diag, json_value_place(json_value_member(object, "commit")), -EINVAL,
			       "'commit' must be 7 to 40 lower-case hexadecimal digits");
	added = vec_add(board, sources);
	if (!added)
		return board_no_memory(diag);
	*added = source;
	return 0;
}

static int read_sources(const struct json_value *root, struct board_file *board, struct diag *diag)
{
	const struct json_value *list;
	int r = board_array(root, "source", 1, BOARD_FILE_SOURCES_MAX, &list, diag);

	if (r < 0)
		return r;
	for (const struct json_value *v = json_value_first(list); v && r == 0; v = json_value_next(v))
		r = read_source(v, board, diag);
	return r;
}

static int read_head(const struct json_value *root, struct board_file *board, struct diag *diag)
{
	static const char *const members[] = { "$schema",    "schema",   "name", "title",  "maker",
					       "mcu",        "firmware", "port", "source", "memories",
					       "partitions", "mappings", NULL };
	const struct json_value *schema;
	const char *text;
	size_t firmware = 0;
	int r = json_value_require(root, "schema", &schema, diag);

	if (r == 0)
		r = json_value_text(schema, &text, diag);
	if (r == 0 && strcmp(text, BOARD_FILE_SCHEMA) != 0)
		r = diag_at(diag, json_value_place(schema), -EINVAL,
			    "expected the schema '" BOARD_FILE_SCHEMA "', found '%.40s'; is this the right file?",
			    text);
	if (r == 0) /* only now: another schema has other members */
		r = json_value_expect_members(root, members, diag);
	if (r == 0)
		r = board_name(root, &board->name, diag);
	if (r == 0)
		r = board_text(root, "title", BOARD_FILE_NAME_MAX_CHARS, &board->title, diag);
	if (r == 0)
		r = board_text(root, "maker", BOARD_FILE_NAME_MAX_CHARS, &board->maker, diag);
	if (r == 0)
		r = board_text(root, "mcu", BOARD_FILE_NAME_MAX_CHARS, &board->mcu, diag);
	if (r == 0)
		r = board_word(root, "firmware", firmwares, ARRAY_SIZE(firmwares), &firmware, diag);
	if (r == 0)
		r = board_text(root, "port", BOARD_FILE_NAME_MAX_CHARS, &board->port, diag);
	board->firmware = firmwares[firmware];
	return r;
}

int board_file_read(const char *text, size_t n_bytes, const char *name, struct board_file **ret, struct diag *diag)
{
	struct board_file *board = calloc(1, sizeof(*board));
	int r;

	if (!board)
		return board_no_memory(diag);
	r = json_document_read(text, n_bytes, name, &board->document, diag);
	if (r < 0) {
		free(board);
		return r;
	}
	const struct json_value *root = json_document_root(board->document);
	r = read_head(root, board, diag);
	if (r == 0)
		r = read_sources(root, board, diag);
	if (r == 0)
		r = read_memories(root, board, diag);
	if (r == 0)
		r = read_partitions(root, board, diag);
	if (r == 0)
		r = read_mappings(root, board, diag);
	if (r < 0)
		board_file_free(board);
	else
		*ret = board;
	return r;
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
