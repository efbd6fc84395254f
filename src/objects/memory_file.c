#include "memprof/objects/memory_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/search.h"
#include "memprof/base/text.h"

enum { PIECES_MAX = 1 << 20, LINE_MAX_BYTES = 256 };

static const char magic[] = MEMORY_FILE_FIRST_LINE;

void memory_file_deinit(struct memory_file *file)
{
	vec_deinit(file, pieces);
	strbuf_deinit(&file->bytes);
}

/* ---- recording ---- */

static void record(struct memory_file *file, uint64_t address, size_t n_bytes, const uint8_t *bytes)
{
	struct memory_piece piece = { address, n_bytes, file->bytes.n_bytes };

	strbuf_add(&file->bytes, bytes, n_bytes);
	if (file->n_pieces == PIECES_MAX)
		file->error = -E2BIG;
	else if (file->error == 0)
		file->error = vec_push(file, pieces, piece);
}

static int recorder_read(void *ctx, uint64_t address, size_t n_bytes, uint8_t *ret)
{
	struct memory_file *file = ctx;
	int error = file->source->read(file->source->ctx, address, n_bytes, ret);

	if (error == 0)
		record(file, address, n_bytes, ret);
	return error;
}

static int recorder_read_batch(void *ctx, const struct memory_read *reads, size_t n_reads)
{
	struct memory_file *file = ctx;
	int error = file->source->read_batch(file->source->ctx, reads, n_reads);

	for (size_t i = 0; error == 0 && i < n_reads; i++)
		record(file, reads[i].address, reads[i].n_bytes, reads[i].ret);
	return error;
}

struct memory_reader memory_file_recorder(struct memory_file *file, struct memory_reader *source)
{
	file->source = source;
	return (struct memory_reader){
		.word_bytes = source->word_bytes,
		.read = recorder_read,
		.read_batch = source->read_batch ? recorder_read_batch : NULL,
		.ctx = file,
	};
}

/* ---- order ---- */

static int by_start(const void *a, const void *b)
{
	const struct memory_piece *x = a, *y = b;

	return x->start != y->start ? (x->start < y->start ? -1 : 1) :
				      (x->offset > y->offset) - (x->offset < y->offset);
}

int memory_file_sort(struct memory_file *file)
{
	struct strbuf bytes = STRBUF_INIT;
	size_t n = 0;

	if (file->error < 0 || strbuf_error(&file->bytes))
		return file->error < 0 ? file->error : -ENOMEM;
	if (file->n_pieces)
		qsort(file->pieces, file->n_pieces, sizeof(*file->pieces), by_start);
	for (size_t i = 0; i < file->n_pieces; i++) {
		struct memory_piece piece = file->pieces[i];
		struct memory_piece *last = n ? &file->pieces[n - 1] : NULL;
		uint64_t end = last ? last->start + last->n_bytes : 0;
		bool touches = last && piece.start <= end;
		size_t n_known = touches ? (size_t)MIN(end - piece.start, piece.n_bytes) : 0;
		size_t offset = bytes.n_bytes;
		strbuf_add(&bytes, strbuf_text(&file->bytes) + piece.offset + n_known, piece.n_bytes - n_known);
		if (touches)
			last->n_bytes += piece.n_bytes - n_known;
		else
			file->pieces[n++] = (struct memory_piece){ piece.start, piece.n_bytes, offset };
	}
	if (strbuf_error(&bytes)) {
		strbuf_deinit(&bytes);
		return -ENOMEM;
	}
	file->n_pieces = n;
	strbuf_deinit(&file->bytes);
	file->bytes = bytes;
	return 0;
}

/* ---- reading what it has ---- */

static int file_read(void *ctx, uint64_t address, size_t n_bytes, uint8_t *ret)
{
	const struct memory_file *file = ctx;
	size_t i = search_while(file->n_pieces, k, file->pieces[k].start <= address);
	const struct memory_piece *piece = i > 0 ? &file->pieces[i - 1] : NULL;

	if (!piece || address - piece->start > piece->n_bytes || n_bytes > piece->n_bytes - (address - piece->start))
		return -EFAULT;
	memcpy(ret, strbuf_text(&file->bytes) + piece->offset + (address - piece->start), n_bytes);
	return 0;
}

struct memory_reader memory_file_reader(struct memory_file *file)
{
	return (struct memory_reader){ .word_bytes = file->ids.word_bytes, .read = file_read, .ctx = file };
}

/* ---- the file ---- */

struct field {
	const char *name;
	size_t offset;
};
static const struct field fields[] = {
	{ "id_modules", offsetof(struct interpreter_ids, id_modules) },
	{ "id_globals", offsetof(struct interpreter_ids, id_globals) },
	{ "id_type", offsetof(struct interpreter_ids, id_type) },
	{ "id_none", offsetof(struct interpreter_ids, id_none) },
	{ "id_len", offsetof(struct interpreter_ids, id_len) },
	{ "used", offsetof(struct interpreter_ids, used_bytes) },
	{ "stack_used", offsetof(struct interpreter_ids, stack_used_bytes) },
	{ "id_reader", offsetof(struct interpreter_ids, id_reader) },
};
/* Where they are known; files of 0.2 have none of them. */
static const struct field more_fields[] = {
	{ "free", offsetof(struct interpreter_ids, free_bytes) },
	{ "total", offsetof(struct interpreter_ids, total_bytes) },
};
static const char lacks_areas[] = "lacks_areas 0x1\n";

/* Only of a halted processor. */
static const char stack_pointer[] = "stack_pointer", a_register[] = "register";

static uint64_t value_of(const struct interpreter_ids *ids, const struct field *field)
{
	uint64_t value;

	memcpy(&value, (const char *)ids + field->offset, sizeof(value));
	return value;
}

static void write_value(struct strbuf *out, const char *name, uint64_t value)
{
	strbuf_printf(out, "%s 0x%" PRIx64 "\n", name, value);
}

void memory_file_write(const struct memory_file *file, struct strbuf *out)
{
	strbuf_puts(out, magic);
	strbuf_printf(out, "word_bytes 0x%x\n", file->ids.word_bytes);
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		write_value(out, fields[i].name, value_of(&file->ids, &fields[i]));
	for (size_t i = 0; i < ARRAY_SIZE(more_fields); i++)
		if (value_of(&file->ids, &more_fields[i]) != NOT_KNOWN)
			write_value(out, more_fields[i].name, value_of(&file->ids, &more_fields[i]));
	if (file->ids.lacks_areas)
		strbuf_puts(out, lacks_areas);
	if (file->ids.stack_pointer)
		write_value(out, stack_pointer, file->ids.stack_pointer);
	for (size_t i = 0; i < file->ids.n_registers; i++)
		write_value(out, a_register, file->ids.registers[i]);
	strbuf_printf(out, "pieces 0x%zx\n", file->n_pieces);
	for (size_t i = 0; i < file->n_pieces; i++)
		strbuf_printf(out, "0x%" PRIx64 " 0x%zx\n", file->pieces[i].start, file->pieces[i].n_bytes);
	strbuf_add(out, strbuf_text(&file->bytes), file->bytes.n_bytes);
}

struct input {
	const char *p, *end;
	struct place at;
	struct diag *diag;
};

static int malformed(const struct input *in, const char *expected)
{
	return diag_at(in->diag, in->at, -EINVAL, "expected %s; the memory file is damaged, or of another version",
		       expected);
}

/* The next line, without its end. */
static bool next_line(struct input *in, const char **ret, size_t *ret_n)
{
	size_t n_max = MIN((size_t)(in->end - in->p), (size_t)LINE_MAX_BYTES);
	const char *end = memchr(in->p, '\n', n_max);

	in->at.line++;
	if (!end)
		return false;
	*ret = in->p;
	*ret_n = (size_t)(end - in->p);
	in->p = end + 1;
	return true;
}

/* "0x12": behind it, or NULL. */
static const char *hex_at(const char *p, const char *end, uint64_t *ret)
{
	return text_starts(p, (size_t)(end - p), "0x") ? number_scan_hex(p + 2, end, ret) : NULL;
}

static int read_value(struct input *in, const char *name, uint64_t *ret)
{
	const char *line, *p;
	size_t n, n_name = strlen(name);

	if (!next_line(in, &line, &n) || !text_starts(line, n, name) || n <= n_name || line[n_name] != ' ')
		return malformed(in, name);
	p = hex_at(line + n_name + 1, line + n, ret);
	return p == line + n ? 0 : malformed(in, "a number like 0x20001230");
}

static int read_field(struct input *in, const struct field *field, struct interpreter_ids *ret)
{
	uint64_t value = 0;
	int error = read_value(in, field->name, &value);

	memcpy((char *)ret + field->offset, &value, sizeof(value));
	return error;
}

static bool is_next(const struct input *in, const char *name)
{
	return text_starts(in->p, (size_t)(in->end - in->p), name);
}

static int read_head(struct input *in, struct memory_file *ret, uint64_t *ret_n_pieces)
{
	const char *line;
	size_t n;
	uint64_t word_bytes;

	if (!next_line(in, &line, &n) || !text_starts(line, n + 1, magic))
		return diag_at(in->diag, in->at, -EINVAL,
			       "this is no memory file; memprof objects --memory FILE writes one");
	int error = read_value(in, "word_bytes", &word_bytes);
	if (error == 0 && word_bytes != 4 && word_bytes != 8)
		error = malformed(in, "words of 4 or 8 bytes");
	if (error < 0)
		return error;
	ret->ids.word_bytes = (unsigned)word_bytes;
	for (size_t i = 0; i < ARRAY_SIZE(fields) && error == 0; i++)
		error = read_field(in, &fields[i], &ret->ids);
	ret->ids.free_bytes = ret->ids.total_bytes = NOT_KNOWN;
	for (size_t i = 0; i < ARRAY_SIZE(more_fields) && error == 0; i++)
		if (is_next(in, more_fields[i].name))
			error = read_field(in, &more_fields[i], &ret->ids);
	ret->ids.lacks_areas = is_next(in, lacks_areas) && next_line(in, &line, &n);
	if (error == 0 && is_next(in, stack_pointer))
		error = read_value(in, stack_pointer, &ret->ids.stack_pointer);
	while (error == 0 && ret->ids.n_registers < INTERPRETER_REGISTERS_MAX && is_next(in, a_register))
		error = read_value(in, a_register, &ret->ids.registers[ret->ids.n_registers++]);
	if (error == 0)
		error = read_value(in, "pieces", ret_n_pieces);
	if (error == 0 && *ret_n_pieces > PIECES_MAX)
		error = malformed(in, "at most 1048576 pieces");
	return error;
}

static int read_piece(struct input *in, struct memory_file *ret, uint64_t *n_all)
{
	const char *line, *p = NULL, *last = NULL;
	uint64_t start, n_bytes;
	size_t n;

	if (next_line(in, &line, &n))
		p = hex_at(line, line + n, &start);
	if (p && p < line + n && *p == ' ')
		last = hex_at(p + 1, line + n, &n_bytes);
	if (!last || last != line + n)
		return malformed(in, "an address and a size, like '0x20001230 0x40'");
	const struct memory_piece *before = ret->n_pieces ? &ret->pieces[ret->n_pieces - 1] : NULL;
	if (n_bytes == 0 || start > UINT64_MAX - n_bytes || (before && start < before->start + before->n_bytes))
		return malformed(in, "pieces by address, which do not overlap");
	if (n_bytes > (size_t)(in->end - in->p) || *n_all > (size_t)(in->end - in->p) - n_bytes)
		return diag_at(in->diag, in->at, -EINVAL, "the memory file ends before the bytes of this piece");
	if (vec_push(ret, pieces, (struct memory_piece){ start, (size_t)n_bytes, (size_t)*n_all }) < 0)
		return -ENOMEM;
	*n_all += n_bytes;
	return 0;
}

bool memory_file_is(const char *bytes, size_t n_bytes)
{
	return n_bytes >= strlen(magic) && memcmp(bytes, magic, strlen(magic)) == 0;
}

int memory_file_read(const char *bytes, size_t n_bytes, const char *name, struct memory_file *ret, struct diag *diag)
{
	struct input in = { .p = bytes, .end = bytes + n_bytes, .at.file = name, .diag = diag };
	uint64_t n_pieces, n_all = 0;
	int error = read_head(&in, ret, &n_pieces);

	for (uint64_t i = 0; i < n_pieces && error == 0; i++)
		error = read_piece(&in, ret, &n_all);
	if (error == 0 && n_all != (size_t)(in.end - in.p))
		error = diag_at(diag, in.at, -EINVAL, "the memory file has %s bytes than its pieces",
				n_all < (size_t)(in.end - in.p) ? "more" : "fewer");
	if (error == 0)
		strbuf_add(&ret->bytes, in.p, (size_t)n_all);
	return error < 0 ? error : strbuf_error(&ret->bytes);
}
