#include "elf/line_table.h"

#include <dwarf.h>
#include <errno.h>

enum {
	FORMATS_MAX = 16, /* of an entry: compilers have 2 to 5 */
};

/* ---- header ---- */

/* The texts of a section; "" behind its end. */
static const char *text_at(const struct section_bytes *s, uint64_t offset)
{
	const uint8_t *text = s->bytes && offset < s->n_bytes ? s->bytes + offset : NULL;

	return text && memchr(text, '\0', s->n_bytes - (size_t)offset) ? (const char *)text : "";
}

static bool read_start(struct line_table *t, uint64_t offset)
{
	const struct line_sections *s = t->sections;
	struct cursor *c = &t->names;

	if (!s->lines.bytes || offset >= s->lines.n_bytes)
		return false;
	*c = (struct cursor){ s->lines.bytes + offset, s->lines.bytes + s->lines.n_bytes, s->big, false };
	uint64_t n_bytes = cursor_number(c, 4);
	t->offset_bytes = n_bytes == UINT32_MAX ? 8 : 4;
	if (t->offset_bytes == 8)
		n_bytes = cursor_number(c, 8);
	if (n_bytes > cursor_remaining(c))
		return false;
	c->end = c->at + n_bytes;
	t->version = (unsigned)cursor_number(c, 2);
	if (t->version < 2 || t->version > 5)
		return false;
	return t->version < 5 || (cursor_byte(c) == t->address_bytes && cursor_byte(c) == 0);
}

/* What the program needs. */
static bool read_parameters(struct line_table *t)
{
	struct cursor *c = &t->names;
	uint64_t n_header_bytes = cursor_number(c, t->offset_bytes);

	if (n_header_bytes > cursor_remaining(c))
		return false;
	t->program = *c;
	t->program.at += n_header_bytes;
	c->end = t->program.at;
	t->instruction_bytes = cursor_byte(c);
	t->n_operations = t->version >= 4 ? cursor_byte(c) : 1;
	cursor_byte(c); /* default_is_stmt */
	t->line_base = (int8_t)cursor_byte(c);
	t->line_range = cursor_byte(c);
	t->opcode_base = cursor_byte(c);
	t->n_operands = c->at - 1;
	return t->n_operations && t->line_range && t->opcode_base && cursor_skip(c, t->opcode_base - 1U);
}

/* ---- files, before DWARF 5 ---- */

static int read_folders(struct line_table *t, struct cursor *c, size_t names_max)
{
	int r = vec_push(t, folders, NULL);

	while (r == 0 && c->at < c->end && *c->at)
		r = t->n_folders > names_max ? -E2BIG : vec_push(t, folders, cursor_text(c));
	return r < 0 ? r : cursor_byte(c) == 0 && !c->damaged ? 0 : -EINVAL;
}

static int read_files(struct line_table *t, struct cursor *c, size_t names_max)
{
	int r = vec_push(t, files, (struct line_file){ NULL, NULL });

	while (r == 0 && c->at < c->end && *c->at) {
		if (t->n_folders - 1 + t->n_files > names_max)
			return -E2BIG;
		const char *name = cursor_text(c);
		uint64_t folder = cursor_uleb(c);
		cursor_uleb(c); /* time, size */
		cursor_uleb(c);
		if (c->damaged || folder >= t->n_folders)
			return -EINVAL;
		r = vec_push(t, files, (struct line_file){ t->folders[folder], name });
	}
	return r < 0 ? r : cursor_byte(c) == 0 && !c->damaged ? 0 : -EINVAL;
}

/* ---- files, DWARF 5 ---- */

struct format {
	uint64_t content, form;
};

/* A number or a text; each form takes a byte at least. False: it is of a form that such tables do not have. */
static bool read_value(struct line_table *t, uint64_t form, uint64_t *ret_number, const char **ret_text)
{
	struct cursor *c = &t->names;

	switch (form) {
	case DW_FORM_string:
		*ret_text = cursor_text(c);
		break;
	case DW_FORM_line_strp:
		*ret_text = text_at(&t->sections->names, cursor_number(c, t->offset_bytes));
		break;
	case DW_FORM_strp:
		*ret_text = text_at(&t->sections->strings, cursor_number(c, t->offset_bytes));
		break;
	case DW_FORM_udata:
		*ret_number = cursor_uleb(c);
		break;
	case DW_FORM_data1:
		*ret_number = cursor_number(c, 1);
		break;
	case DW_FORM_data2:
		*ret_number = cursor_number(c, 2);
		break;
	case DW_FORM_data4:
		*ret_number = cursor_number(c, 4);
		break;
	case DW_FORM_data8:
		*ret_number = cursor_number(c, 8);
		break;
	case DW_FORM_data16: /* MD5 */
		return cursor_skip(c, 16);
	case DW_FORM_block:
		return cursor_skip(c, cursor_uleb(c));
	default:
		return false;
	}
	return !c->damaged;
}

/* The head of a list of folders or files: what each entry has, and how many there are. */
struct list {
	struct format formats[FORMATS_MAX];
	uint64_t n_formats, n_entries;
};

static bool read_list(struct line_table *t, struct list *ret)
{
	struct cursor *c = &t->names;

	ret->n_formats = cursor_byte(c);
	for (uint64_t i = 0; i < ret->n_formats && i < FORMATS_MAX; i++) {
		ret->formats[i].content = cursor_uleb(c);
		ret->formats[i].form = cursor_uleb(c);
	}
	ret->n_entries = cursor_uleb(c);
	return !c->damaged && ret->n_formats <= FORMATS_MAX && (ret->n_formats || !ret->n_entries);
}

static bool read_entry(struct line_table *t, const struct list *list, const char **ret_name, uint64_t *ret_folder)
{
	*ret_name = "";
	*ret_folder = 0;
	for (uint64_t i = 0; i < list->n_formats; i++) {
		uint64_t number = 0;
		const char *text = "";
		if (!read_value(t, list->formats[i].form, &number, &text))
			return false;
		if (list->formats[i].content == DW_LNCT_path)
			*ret_name = text;
		else if (list->formats[i].content == DW_LNCT_directory_index)
			*ret_folder = number;
	}
	return true;
}

static int read_lists(struct line_table *t, size_t names_max)
{
	struct list list;
	const char *name;
	uint64_t folder;
	int r = 0;

	if (!read_list(t, &list))
		return -EINVAL;
	if (list.n_entries > names_max)
		return -E2BIG;
	for (uint64_t i = 0; r == 0 && i < list.n_entries; i++)
		r = read_entry(t, &list, &name, &folder) ? vec_push(t, folders, name) : -EINVAL;
	if (r < 0)
		return r;
	if (!read_list(t, &list))
		return -EINVAL;
	if (list.n_entries > names_max - t->n_folders)
		return -E2BIG;
	for (uint64_t i = 0; r == 0 && i < list.n_entries; i++)
		r = read_entry(t, &list, &name, &folder) && folder < t->n_folders ?
			    vec_push(t, files, (struct line_file){ t->folders[folder], name }) :
			    -EINVAL;
	return r;
}

/* ---- all of it ---- */

static const struct line_row first_row = { .file = 1, .line = 1 };

int line_table_read(struct line_table *t, const struct line_sections *s, uint64_t offset, unsigned address_bytes)
{
	t->n_files = t->n_folders = 0;
	t->sections = s;
	t->address_bytes = address_bytes;
	t->program = (struct cursor){ 0 };
	t->row = first_row;
	t->i_operation = 0;
	return read_start(t, offset) && read_parameters(t) ? 0 : -EINVAL;
}

int line_table_read_files(struct line_table *t, size_t names_max)
{
	if (t->version >= 5)
		return read_lists(t, names_max);
	int r = read_folders(t, &t->names, names_max);
	return r == 0 ? read_files(t, &t->names, names_max) : r;
}

void line_table_deinit(struct line_table *t)
{
	vec_deinit(t, files);
	vec_deinit(t, folders);
}

/* ---- rows ---- */

static void advance(struct line_table *t, uint64_t n_operations)
{
	if (t->n_operations == 1) {
		t->row.address += t->instruction_bytes * n_operations;
		return;
	}
	n_operations += t->i_operation;
	t->row.address += t->instruction_bytes * (n_operations / t->n_operations);
	t->i_operation = (uint32_t)(n_operations % t->n_operations);
}

/* True: it ends a row. */
static bool run_extended(struct line_table *t)
{
	struct cursor *c = &t->program;
	uint64_t n_bytes = cursor_uleb(c);

	if (n_bytes == 0 || n_bytes > cursor_remaining(c))
		return cursor_fail(c);
	const uint8_t *end = c->at + n_bytes;
	uint8_t opcode = cursor_byte(c);
	if (opcode == DW_LNE_set_address && n_bytes == 1U + t->address_bytes) {
		t->row.address = cursor_number(c, t->address_bytes);
		t->i_operation = 0;
	}
	c->at = end;
	return opcode == DW_LNE_end_sequence;
}

/* True: it ends a row. */
static bool run_standard(struct line_table *t, uint8_t opcode)
{
	struct cursor *c = &t->program;

	switch (opcode) {
	case DW_LNS_copy:
		return true;
	case DW_LNS_advance_pc:
		advance(t, cursor_uleb(c));
		break;
	case DW_LNS_advance_line:
		t->row.line += (uint32_t)cursor_sleb(c);
		break;
	case DW_LNS_set_file:
		t->row.file = (uint32_t)cursor_uleb(c);
		break;
	case DW_LNS_const_add_pc:
		advance(t, (255U - t->opcode_base) / t->line_range);
		break;
	case DW_LNS_fixed_advance_pc:
		t->row.address += cursor_number(c, 2);
		t->i_operation = 0;
		break;
	default:
		for (uint8_t n = t->n_operands[opcode]; n > 0; n--)
			cursor_uleb(c);
		break;
	}
	return false;
}

/* Runs to the end of a row. */
static bool run(struct line_table *t)
{
	struct cursor *c = &t->program;

	while (c->at < c->end) {
		uint8_t opcode = *c->at++;
		if (opcode >= t->opcode_base) {
			opcode -= t->opcode_base;
			advance(t, opcode / t->line_range);
			t->row.line += (uint32_t)(t->line_base + opcode % t->line_range);
			return true;
		}
		t->row.is_end = opcode == 0 && run_extended(t);
		if (t->row.is_end || (opcode && run_standard(t, opcode)))
			return !c->damaged;
	}
	return false;
}

bool line_table_next(struct line_table *t, struct line_row *ret)
{
	if (t->row.is_end) {
		t->row = first_row;
		t->i_operation = 0;
	}
	if (!run(t))
		return false;
	*ret = t->row;
	return true;
}
