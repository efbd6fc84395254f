/* What is before the instructions of bytecode (py/bc.h, MicroPython 1.19 and newer): a signature and two sizes, each a
 * byte or more, then numbers of names and the table of lines, then cells of a closure. */
#include "memprof/objects/call_stack.h"

#include "private.h"

enum {
	MORE = 0x80, /* another byte of a number follows */
	SIGNATURE_BYTES_MAX = 8,
	SIZES_BYTES_MAX = 5,
	NAME_BYTES_MAX = 4,
	FLAG_GENERATOR = 1, /* py/runtime0.h, MP_SCOPE_FLAG_GENERATOR */
};

struct cursor {
	const uint8_t *bytes;
	size_t n_bytes, at;
};

static bool take(struct cursor *in, uint8_t *ret)
{
	if (in->at == in->n_bytes)
		return false;
	*ret = in->bytes[in->at++];
	return true;
}

/* xSSSSEAA, and then xFSSKAED: the lowest bits first. */
static bool read_signature(struct cursor *in, struct call_code *ret)
{
	uint32_t n_state, flags = 0, n_positional, n_keyword = 0;
	uint8_t byte;

	if (!take(in, &byte))
		return false;
	n_state = byte >> 3 & 0xf;
	n_positional = byte & 3;
	for (unsigned n = 0; byte & MORE; n++) {
		if (n == SIGNATURE_BYTES_MAX || !take(in, &byte))
			return false;
		n_state |= (uint32_t)(byte & 0x30) << 2 * n;
		flags |= (uint32_t)(byte >> 6 & 1) << n;
		n_positional |= (uint32_t)(byte & 4) << n;
		n_keyword |= (uint32_t)(byte >> 3 & 1) << n;
	}
	ret->n_state = n_state + 1;
	ret->n_arguments = n_positional + n_keyword;
	ret->is_generator = flags & FLAG_GENERATOR;
	return n_state < UINT16_MAX;
}

/* xIIIIIIC: bytes of names and lines, and number of cells. */
static bool read_sizes(struct cursor *in, uint32_t *ret_info, uint32_t *ret_cells)
{
	uint8_t byte = MORE;

	*ret_info = *ret_cells = 0;
	for (unsigned n = 0; byte & MORE; n++) {
		if (n == SIZES_BYTES_MAX || !take(in, &byte))
			return false;
		*ret_cells |= (uint32_t)(byte & 1) << n;
		*ret_info |= (uint32_t)(byte >> 1 & 0x3f) << 6 * n;
	}
	return *ret_info <= CALL_CODE_PRELUDE_MAX && *ret_cells <= UINT8_MAX;
}

/* The highest bits first, seven in a byte. */
static bool read_number(struct cursor *in, uint32_t *ret)
{
	uint8_t byte = MORE;

	*ret = 0;
	for (unsigned n = 0; byte & MORE; n++) {
		if (n == NAME_BYTES_MAX || !take(in, &byte))
			return false;
		*ret = *ret << 7 | (byte & 0x7f);
	}
	return true;
}

static bool read_head(struct cursor *in, struct call_code *ret, uint32_t *ret_info)
{
	uint32_t n_cells;

	*ret = (struct call_code){ 0 };
	if (!read_signature(in, ret) || !read_sizes(in, ret_info, &n_cells))
		return false;
	ret->n_prelude = (uint32_t)in->at + *ret_info + n_cells;
	return ret->n_prelude <= CALL_CODE_PRELUDE_MAX;
}

size_t call_code_n_prelude(const uint8_t *code, size_t n_bytes)
{
	struct cursor in = { code, n_bytes, 0 };
	struct call_code head;
	uint32_t n_info;

	return read_head(&in, &head, &n_info) ? head.n_prelude : 0;
}

bool call_code_read(const uint8_t *code, size_t n_bytes, struct call_code *ret)
{
	struct cursor in = { code, n_bytes, 0 };
	struct call_code found;
	uint32_t n_info, name;

	if (!read_head(&in, &found, &n_info) || found.n_prelude > n_bytes)
		return false;
	in.n_bytes = in.at + n_info;
	if (!read_number(&in, &found.i_name))
		return false;
	for (uint32_t i = 0; i < found.n_arguments; i++)
		if (!read_number(&in, &name))
			return false;
	found.lines = code + in.at;
	found.n_lines = in.n_bytes - in.at;
	*ret = found;
	return true;
}

/* 0LLBBBBB, or 1LLLBBBB LLLLLLLL: B bytes of instructions further, L lines further. */
uint32_t call_code_line(const struct call_code *code, uint32_t i_code)
{
	uint32_t line = 1;

	for (size_t i = 0; i < code->n_lines; i++) {
		uint8_t byte = code->lines[i];
		bool is_long = byte & 0x80;
		uint32_t n_code = byte & (is_long ? 0xf : 0x1f);
		if (i_code < n_code || (is_long && i + 1 == code->n_lines))
			break;
		i_code -= n_code;
		line += is_long ? ((uint32_t)byte << 4 & 0x700) | code->lines[++i] : byte >> 5;
	}
	return line;
}
