/* The lines that are appended to a program, and the mark that they print: the end of the program's output. */
#include <stdio.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/model/program_end.h"
#include "repl/private.h"

/* Each number has nine digits, so that all programs are as long, and need as much memory. It is a small integer
 * everywhere (py/smallint.h: 30 bits and the sign). */
enum { NUMBER_LEAST = 100000000, N_NUMBERS = 900000000 };

/* "pass" fails like the end of the file, in the same line, if the program is incomplete. The mark is one string, and so
 * one write, which no other thread interrupts; if there is no memory for it, it is printed without any. Its text stands
 * nowhere on the board until then, and what is printed of it is too long for a string that is interned (py/mpconfig.h,
 * MICROPY_ALLOC_PARSE_INTERN_STRING_LEN), which micropython.qstr_info() would print. The last line has no LF, so that
 * the line number of the end is the program's. */
static const char end_lines[] =
	"%spass\n"
	"try:__import__('builtins').print('\\x04" PROGRAM_END_TEXT
	"%%d%%d'%%(%u,%u),end='')\n"
	"except:__import__('builtins').print('\\x04" PROGRAM_END_TEXT "',%u,%u,sep='',end='')";
/* Reads what the program left unread, up to a Ctrl-F that the machine sends after the mark. */
static const char drain_line[] = "\nwhile __import__('sys').stdin.buffer.read(1)!=b'\\x06':pass";
/* Removes the __file__ that the unix port sets for pasted code. (`and None`, as the value of an expression would be
 * printed.) */
static const char paste_lines[] = "\n__import__('builtins').globals().pop('__file__',None)and None\n";

/* Sebastiano Vigna's splitmix64: each program has a mark of its own. */
static uint64_t next_number(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static void add_lines(struct repl *r, const char *lines, size_t n)
{
	memcpy(r->end_lines + r->n_end_lines, lines, n);
	r->n_end_lines += n;
}

void repl_make_end(struct repl *r)
{
	uint64_t number = next_number(&r->options.seed);
	unsigned a = NUMBER_LEAST + (uint32_t)(number >> 32) % N_NUMBERS;
	unsigned b = NUMBER_LEAST + (uint32_t)number % N_NUMBERS;
	bool paste = r->mode == REPL_MODE_PASTE;
	bool ends_in_lf = r->n_code == 0 || r->code[r->n_code - 1] == '\n';

	r->ended = false;
	r->n_end_lines = 0;
	if (r->ours && !paste)
		return; /* its output has no Ctrl-D */
	snprintf(r->mark, sizeof(r->mark), PROGRAM_END "%u%u", a, b);
	int n = snprintf(r->end_lines, sizeof(r->end_lines), end_lines, ends_in_lf ? "" : "\n", a, b, a, b);
	r->n_end_lines = (size_t)n;
	if (r->takes_input && paste && !r->ours)
		add_lines(r, drain_line, sizeof(drain_line) - 1);
	if (paste)
		add_lines(r, paste_lines, sizeof(paste_lines) - 1);
}

size_t repl_program_bytes(const struct repl *r) { return r->n_code + r->n_end_lines; }

char repl_program_byte(const struct repl *r, size_t i)
{
	return i < r->n_code ? r->code[i] : r->end_lines[i - r->n_code];
}

void repl_program_put(struct repl *r, size_t n)
{
	for (; n > 0; n--)
		repl_send_key(r, repl_program_byte(r, r->i_code++));
}
