/* Conditions of the C preprocessor: signed numbers of 64 bits, and names nobody gave, which stay unknown until they
 * decide something. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "ldscript/cpp.h"
#include "memprof/base/text.h"

struct cpp_value {
	int64_t number;
	bool unknown, given; /* given: a name that a macro came to */
	const char *name;    /* of unknown: which */
	size_t n_name;
};

struct cpp_reader {
	struct cpp *c;
	const char *at, *end;
	unsigned depth;
};

static int ternary(struct cpp_reader *in, struct cpp_value *ret);

static struct place place(const struct cpp_reader *in)
{
	return (struct place){ .file = in->c->file, .line = in->c->line };
}

#define refused(in, ...) diag_at((in)->c->w->diag, place(in), -EINVAL, __VA_ARGS__)

static void skip(struct cpp_reader *in)
{
	while (in->at < in->end && isspace((unsigned char)*in->at))
		in->at++;
}

static int unexpected(struct cpp_reader *in)
{
	int n_bytes = (int)MIN(in->end - in->at, 40);

	return refused(in, "this condition makes no sense from '%.*s' on", n_bytes, in->at);
}

static bool accept(struct cpp_reader *in, const char *sign)
{
	skip(in);
	if (!text_starts(in->at, (size_t)(in->end - in->at), sign))
		return false;
	in->at += strlen(sign);
	return true;
}

static struct cpp_value number(int64_t value) { return (struct cpp_value){ .number = value }; }

/* ---- what stands alone ---- */

static size_t word_length(const struct cpp_reader *in)
{
	const char *p = in->at;

	while (p < in->end && (isalnum((unsigned char)*p) || *p == '_'))
		p++;
	return (size_t)(p - in->at);
}

/* 12, 0x1F, 017, with C's U and L behind. */
static int literal(struct cpp_reader *in, struct cpp_value *ret)
{
	const char *end = in->at + word_length(in), *digits_end = end;
	uint64_t value = 0;

	while (digits_end > in->at && strchr("uUlL", digits_end[-1]))
		digits_end--;
	unsigned base = *in->at != '0' ? 10 : digits_end - in->at > 2 && (in->at[1] | 0x20) == 'x' ? 16 : 8;
	for (const char *p = in->at + (base == 16 ? 2 : 0); p < digits_end; p++) {
		int c = tolower((unsigned char)*p);
		unsigned digit = isdigit(c) ? (unsigned)(c - '0') : isxdigit(c) ? (unsigned)(c - 'a' + 10) : 16;
		if (digit >= base)
			return unexpected(in);
		if (value > (UINT64_MAX - digit) / base)
			return refused(in, "a number of more than 64 bits");
		value = value * base + digit;
	}
	in->at = end;
	*ret = number((int64_t)value);
	return 0;
}

static int is_defined(struct cpp_reader *in, struct cpp_value *ret)
{
	bool bracket = accept(in, "(");

	skip(in);
	size_t n_bytes = word_length(in);
	if (!n_bytes)
		return unexpected(in);
	*ret = number(cpp_macro_of(in->c, in->at, n_bytes) != NULL);
	in->at += n_bytes;
	return !bracket || accept(in, ")") ? 0 : unexpected(in);
}

static int name(struct cpp_reader *in, bool given, struct cpp_value *ret)
{
	size_t n_bytes = word_length(in);

	if (n_bytes == 7 && memcmp(in->at, "defined", 7) == 0) {
		in->at += 7;
		return is_defined(in, ret);
	}
	*ret = (struct cpp_value){ .unknown = !given, .given = given, .name = in->at, .n_name = n_bytes };
	in->at += n_bytes;
	return 0;
}

static int unary(struct cpp_reader *in, struct cpp_value *ret)
{
	int r;

	if (++in->depth > LDSCRIPT_NESTING_MAX)
		return refused(in, "a condition nested more than %d deep", LDSCRIPT_NESTING_MAX);
	skip(in);
	bool given = in->at < in->end && *in->at == CPP_GIVEN;
	in->at += given;
	if (in->at == in->end) {
		r = unexpected(in);
	} else if (isdigit((unsigned char)*in->at)) {
		r = literal(in, ret);
	} else if (word_length(in)) {
		r = name(in, given, ret);
	} else if (accept(in, "(")) {
		r = ternary(in, ret);
		if (r == 0 && !accept(in, ")"))
			r = unexpected(in);
	} else {
		char sign = *in->at;
		if (!strchr("!~-+", sign))
			return unexpected(in);
		in->at++;
		r = unary(in, ret);
		uint64_t value = (uint64_t)ret->number;
		if (r == 0) {
			ret->given = false;
			ret->number = sign == '!' ? !value :
						    (int64_t)(sign == '~' ? ~value :
							      sign == '-' ? ~value + 1 :
									    value);
		}
	}
	in->depth--;
	return r;
}

/* ---- operators ---- */

enum binary {
	OR_ELSE,
	AND_THEN,
	OR,
	XOR,
	AND,
	EQUAL,
	UNEQUAL,
	LESS_EQUAL,
	MORE_EQUAL,
	LEFT,
	RIGHT,
	LESS,
	MORE,
	ADD,
	SUBTRACT,
	MULTIPLY,
	DIVIDE,
	MODULO,
};

static const struct operator
{
	const char *sign;
	enum binary op;
	unsigned precedence;
}
operators[] = {
	/* of two that fit the longer comes first */
	{ "||", OR_ELSE, 1 },    { "&&", AND_THEN, 2 }, { "|", OR, 3 },       { "^", XOR, 4 },
	{ "&", AND, 5 },         { "==", EQUAL, 6 },    { "!=", UNEQUAL, 6 }, { "<=", LESS_EQUAL, 7 },
	{ ">=", MORE_EQUAL, 7 }, { "<<", LEFT, 8 },     { ">>", RIGHT, 8 },   { "<", LESS, 7 },
	{ ">", MORE, 7 },        { "+", ADD, 9 },       { "-", SUBTRACT, 9 }, { "*", MULTIPLY, 10 },
	{ "/", DIVIDE, 10 },     { "%", MODULO, 10 },
};

static int calculate(struct cpp_reader *in, enum binary op, int64_t a, int64_t b, int64_t *ret)
{
	uint64_t x = (uint64_t)a, y = (uint64_t)b;

	if ((op == DIVIDE || op == MODULO) && b == 0)
		return refused(in, "this divides by 0");
	if ((op == LEFT || op == RIGHT) && y > 63)
		return refused(in, "a shift by more than 63 bits");
	switch (op) {
	case OR_ELSE:
		*ret = a || b;
		break;
	case AND_THEN:
		*ret = a && b;
		break;
	case OR:
		*ret = a | b;
		break;
	case XOR:
		*ret = a ^ b;
		break;
	case AND:
		*ret = a & b;
		break;
	case EQUAL:
		*ret = a == b;
		break;
	case UNEQUAL:
		*ret = a != b;
		break;
	case LESS_EQUAL:
		*ret = a <= b;
		break;
	case MORE_EQUAL:
		*ret = a >= b;
		break;
	case LESS:
		*ret = a < b;
		break;
	case MORE:
		*ret = a > b;
		break;
	case LEFT:
		*ret = (int64_t)(x << y);
		break;
	case RIGHT:
		*ret = a >> y;
		break;
	case ADD:
		*ret = (int64_t)(x + y);
		break;
	case SUBTRACT:
		*ret = (int64_t)(x - y);
		break;
	case MULTIPLY:
		*ret = (int64_t)(x * y);
		break;
	case DIVIDE:
		*ret = b == -1 ? (int64_t)(~x + 1) : a / b;
		break;
	case MODULO:
		*ret = b == -1 ? 0 : a % b;
		break;
	}
	return 0;
}

static int combine(struct cpp_reader *in, enum binary op, struct cpp_value *a, const struct cpp_value *b)
{
	bool logical = op == OR_ELSE || op == AND_THEN;
	int r;

	/* TYPE == qspi, where -D TYPE=qspi: the names are 0 in C, whatever they are, and someone knew that. */
	bool both_names = (op == EQUAL || op == UNEQUAL) && a->name && b->name && (a->given || b->given);
	if (both_names) {
		*a = number(op == EQUAL);
		return 0;
	}
	if (logical && !a->unknown && (a->number != 0) == (op == OR_ELSE)) {
		*a = number(a->number != 0);
		return 0;
	}
	if (logical && a->unknown && !b->unknown && (b->number != 0) == (op == OR_ELSE)) {
		*a = number(b->number != 0);
		return 0;
	}
	if (a->unknown || b->unknown) {
		if (!a->unknown)
			*a = *b;
		return 0;
	}
	int64_t value = 0;
	r = calculate(in, op, a->number, b->number, &value);
	if (r == 0)
		*a = number(value);
	return r;
}

static const struct operator* next_operator(struct cpp_reader *in)
{
	skip(in);
	for (size_t i = 0; i < ARRAY_SIZE(operators); i++)
		if (text_starts(in->at, (size_t)(in->end - in->at), operators[i].sign))
			return &operators[i];
	return NULL;
}

static int binary(struct cpp_reader *in, unsigned precedence, struct cpp_value *ret)
{
	int r = unary(in, ret);

	while (r == 0) {
		const struct operator* o = next_operator(in);
		struct cpp_value right;
		if (!o || o->precedence < precedence)
			break;
		in->at += strlen(o->sign);
		r = binary(in, o->precedence + 1, &right);
		if (r == 0)
			r = combine(in, o->op, ret, &right);
	}
	return r;
}

static int ternary(struct cpp_reader *in, struct cpp_value *ret)
{
	struct cpp_value yes, no;
	int r = binary(in, 1, ret);

	if (r < 0 || !accept(in, "?"))
		return r;
	if (++in->depth > LDSCRIPT_NESTING_MAX)
		return refused(in, "a condition nested more than %d deep", LDSCRIPT_NESTING_MAX);
	r = ternary(in, &yes);
	if (r == 0 && !accept(in, ":"))
		r = unexpected(in);
	if (r == 0)
		r = ternary(in, &no);
	if (r == 0 && !ret->unknown)
		*ret = ret->number ? yes : no;
	in->depth--;
	return r;
}

int cpp_condition(struct cpp *c, const char *text, size_t n_bytes, bool *ret)
{
	struct cpp_reader in = { .c = c, .at = text, .end = text + n_bytes };
	struct cpp_value value;
	int r = ternary(&in, &value);

	skip(&in);
	if (r == 0 && in.at < in.end)
		r = unexpected(&in);
	if (r < 0)
		return r;
	if (value.unknown)
		return refused(&in, "needs the C preprocessor with %.*s: give -D %.*s=VALUE",
			       (int)MIN(value.n_name, (size_t)80), value.name, (int)MIN(value.n_name, (size_t)80),
			       value.name);
	*ret = value.number != 0;
	return 0;
}
