#include "memprof/protocol/probe.h"

#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "probe.py.h"

enum { N_NUMBERS = 18, I_TYPES = 5, I_USED = I_TYPES + PROBE_TYPES, I_BUFFER = I_USED + 3 };

const char probe_type_letters[PROBE_TYPES + 1] = "TLDSSMB";

const char probe_end_command[PROBE_COMMAND_MAX_BYTES] = {
	'@', '@', '@', '@', '@', '@', '@', '@', '@', '@', '@', '@', '@', '@', '@', '@', '@',
	'@', '@', '@', '@', '@', '@', '@', '@', '@', '@', '@', '@', '@', '@', '@', '@',
};

/* ---- the first line ---- */

const char *probe_scan_id(const char *p, const char *end, uint64_t word_bytes, uint64_t *ret)
{
	bool wrapped = word_bytes == 4 && p < end && *p == '-';

	p = number_scan(p + wrapped, end, ret);
	if (wrapped && p && *ret > 0 && *ret <= UINT64_C(1) << 30)
		*ret = (UINT64_C(1) << 31) - *ret;
	else if (wrapped)
		return NULL;
	return p;
}

/* A decimal number, True or False. */
static const char *scan_value(const char *p, const char *end, uint64_t *ret)
{
	size_t n = (size_t)(end - p);

	if (text_starts(p, n, "True") || text_starts(p, n, "False")) {
		*ret = *p == 'T';
		return p + (*p == 'T' ? 4 : 5);
	}
	return number_scan(p, end, ret);
}

static bool scan_line(const char *p, const char *end, uint64_t ret[N_NUMBERS])
{
	for (size_t i = 0; i < N_NUMBERS; i++) {
		bool word = p < end && (*p == 'T' || *p == 'F');
		if (word != (i == I_BUFFER))
			return false;
		p = i > 0 && i < I_USED ? probe_scan_id(p, end, ret[0], &ret[i]) : scan_value(p, end, &ret[i]);
		if (!p || (i + 1 < N_NUMBERS && (p == end || *p++ != ' ')))
			return false;
	}
	return p == end;
}

static bool is_address(uint64_t value, unsigned word_bytes)
{
	return value >= word_bytes && value <= (word_bytes == 4 ? UINT32_MAX : (uint64_t)INT64_MAX) - 64;
}

int probe_read_hello(const char *line, size_t n_bytes, struct probe_hello *ret, struct diag *diag)
{
	uint64_t v[N_NUMBERS];

	if (n_bytes > PROBE_LINE_MAX_BYTES || !scan_line(line, line + n_bytes, v))
		return -ENOENT;
	if (v[0] != 4 && v[0] != 8)
		return diag_set(diag, -EINVAL, "its word size is neither 4 nor 8 bytes");
	unsigned word = (unsigned)v[0];
	/* id() of an object is its address, aligned to a word at least (py/obj.c, mp_obj_id). */
	for (size_t i = 1; i < I_USED; i++)
		if (!is_address(v[i], word) || v[i] % word)
			return diag_set(diag, -EINVAL, "its id() does not return addresses");
	uint64_t most = word == 4 ? UINT32_MAX : (uint64_t)INT64_MAX;
	const uint64_t *figures = v + I_USED, *ids = v + I_BUFFER + 1;
	if (figures[0] == 0 || figures[0] > most || figures[1] > most || figures[2] > most || ids[0] > most ||
	    ids[1] > most)
		return diag_set(diag, -EINVAL, "its figures exceed its word size");
	*ret = (struct probe_hello){
		.word_bytes = word,
		.id_modules = v[1],
		.id_globals = v[2],
		.id_type = v[3],
		.id_bytearray = v[4],
		.used_bytes = figures[0],
		.free_bytes = figures[1],
		.stack_used_bytes = figures[2],
		.buffer = v[I_BUFFER] != 0,
		.id_none = ids[0],
		.id_len = ids[1],
	};
	memcpy(ret->id_types, v + I_TYPES, sizeof(ret->id_types));
	return 0;
}

/* ---- commands ---- */

static size_t put_word(char *at, uint64_t value, unsigned word_bytes)
{
	unsigned n = 2 * word_bytes;

	for (unsigned i = 0; i < n; i++)
		at[i] = (char)(0x40 | (value >> 4 * (n - 1 - i) & 0xf));
	return n;
}

size_t probe_read_command(const struct probe_hello *hello, uint64_t address, uint64_t n_bytes,
			  char ret[PROBE_COMMAND_MAX_BYTES])
{
	size_t n = put_word(ret, address, hello->word_bytes);

	n += put_word(ret + n, n_bytes, hello->word_bytes);
	ret[n++] = 'P';
	return n;
}

size_t probe_collect_command(const struct probe_hello *hello, char ret[PROBE_COMMAND_MAX_BYTES])
{
	return probe_read_command(hello, 0, 0, ret);
}

/* ---- replies ---- */

size_t probe_uncook(struct probe_cooked *state, const char *in, size_t n_in, char *out, size_t n_wanted, size_t *ret_n)
{
	size_t i = 0, n = 0;

	while (n < n_wanted && i < n_in) {
		if (in[i] == '\r' && state->n_held < state->n_crs) {
			state->n_held++;
			i++;
		} else if (in[i] == '\n' && state->n_held == state->n_crs) {
			state->n_held = 0;
			out[n++] = in[i++];
		} else if (state->n_held > 0) { /* the first CR was memory; in[i] is read again */
			state->n_held--;
			out[n++] = '\r';
		} else {
			out[n++] = in[i++];
		}
	}
	*ret_n = n;
	return i;
}
