#include "memprof/protocol/peek.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"

/* ---- bytes as Python prints them (py/objstr.c, mp_str_print_quoted) ---- */

/* One byte, plain or escaped; returns what follows, NULL if it is invalid. */
static const char *unquote(const char *p, const char *end, uint8_t *ret)
{
	static const char letters[] = "\\'\"nrt", bytes[] = "\\'\"\n\r\t";
	uint64_t value;

	if (*p != '\\') {
		*ret = (uint8_t)*p;
		return *ret >= 0x20 && *ret < 0x7f ? p + 1 : NULL;
	}
	if (end - p < 2)
		return NULL;
	const char *letter = memchr(letters, p[1], sizeof(letters) - 1);
	if (letter) {
		*ret = (uint8_t)bytes[letter - letters];
		return p + 2;
	}
	if (p[1] != 'x' || end - p < 4 || number_scan_hex(p + 2, p + 4, &value) != p + 4)
		return NULL;
	*ret = (uint8_t)value;
	return p + 4;
}

static int bad_answer(struct diag *diag, const char *what, size_t n_bytes)
{
	return diag_set(diag, -EINVAL, "expected %zu bytes from the board: %s; does a program print at the same time?",
			n_bytes, what);
}

static void trim(const char **p, const char **end)
{
	while (*p < *end && strchr(" \r\n", **p) && **p)
		++*p;
	while (*p < *end && strchr(" \r\n", (*end)[-1]) && (*end)[-1])
		--*end;
}

/* "b'\x00MPY'" or "bytearray(b'…')". */
static int read_bytes(const char *text, size_t n_text, uint8_t *ret, size_t n_bytes, struct diag *diag)
{
	static const char wrapped[] = "bytearray(";
	const char *p = text, *end = text + n_text;
	uint8_t bytes[PEEK_MAX_BYTES];
	size_t n = 0;

	trim(&p, &end);
	if (text_starts(p, (size_t)(end - p), wrapped)) {
		p += sizeof(wrapped) - 1;
		if (end == p || *--end != ')')
			return bad_answer(diag, "the end is missing", n_bytes);
	}
	if (end - p < 3 || p[0] != 'b' || (p[1] != '\'' && p[1] != '"') || end[-1] != p[1])
		return bad_answer(diag, "found something else", n_bytes);
	char quote = p[1];
	end--;
	for (p += 2; p && p < end && n < MIN(n_bytes, sizeof(bytes)); n++)
		p = *p == quote ? NULL : unquote(p, end, &bytes[n]);
	if (p != end || n != n_bytes)
		return bad_answer(diag,
				  !p      ? "found other text between them" :
				  p < end ? "found more" :
					    "found fewer",
				  n_bytes);
	memcpy(ret, bytes, n);
	return 0;
}

/* "[1, -2, 3]": words of 32 bits, little-endian as on every supported platform. On 32-bit ports those with the highest
 * bit set are printed negative (extmod/machine_mem.c passes a uint32_t to mp_obj_new_int). */
static int read_words(const char *text, size_t n_text, uint8_t *ret, size_t n_bytes, struct diag *diag)
{
	const char *p = text, *end = text + n_text;
	uint8_t bytes[PEEK_MAX_BYTES];

	trim(&p, &end);
	if (n_bytes > sizeof(bytes) || p == end || *p++ != '[')
		return bad_answer(diag, "found something else", n_bytes);
	for (size_t i = 0; i < n_bytes; i += 4) {
		uint64_t value;
		if (i > 0 && (end - p < 2 || *p++ != ',' || *p++ != ' '))
			return bad_answer(diag, "found fewer", n_bytes);
		bool negative = p < end && *p == '-';
		p = number_scan(p + negative, end, &value);
		if (!p || value > (negative ? UINT64_C(1) << 31 : UINT32_MAX))
			return bad_answer(diag, "found other text between them", n_bytes);
		uint32_t word = negative ? (uint32_t)-value : (uint32_t)value;
		for (unsigned k = 0; k < 4; k++)
			bytes[i + k] = (uint8_t)(word >> 8 * k);
	}
	if (end - p != 1 || *p != ']')
		return bad_answer(diag, "found more", n_bytes);
	memcpy(ret, bytes, n_bytes);
	return 0;
}

/* ---- expressions ---- */

/* Copies nothing on the board: the object is a view of the memory and is printed in pieces. */
static void ask_uctypes(struct strbuf *code, uint64_t address, size_t n_bytes)
{
	strbuf_printf(code, "print(__import__('uctypes').bytearray_at(0x%" PRIx64 ",%zu))", address, n_bytes);
}

/* CircuitPython (shared-bindings/memorymap/AddressRange.c), which raises for addresses that the port does not allow. */
static void ask_memorymap(struct strbuf *code, uint64_t address, size_t n_bytes)
{
	strbuf_printf(code, "print(__import__('memorymap').AddressRange(start=0x%" PRIx64 ",length=%zu)[0:%zu])",
		      address, n_bytes, n_bytes);
}

static void ask_mem8(struct strbuf *code, uint64_t address, size_t n_bytes)
{
	strbuf_printf(code,
		      "(lambda m:print(bytes([m[0x%" PRIx64
		      "+i]for i in range(%zu)])))"
		      "(__import__('machine').mem8)",
		      address, n_bytes);
}

static void ask_mem32(struct strbuf *code, uint64_t address, size_t n_bytes)
{
	strbuf_printf(code,
		      "(lambda m:print([m[0x%" PRIx64
		      "+i]for i in range(0,%zu,4)]))"
		      "(__import__('machine').mem32)",
		      address, n_bytes);
}

const struct peek_way peek_ways[] = {
	{ "uctypes", 1, PEEK_MAX_BYTES, true, ask_uctypes, read_bytes },
	{ "memorymap", 1, 128, false, ask_memorymap, read_bytes },
	{ "machine.mem8", 1, 64, false, ask_mem8, read_bytes },
	{ "machine.mem32", 4, 64, false, ask_mem32, read_words },
};
const size_t n_peek_ways = ARRAY_SIZE(peek_ways);
