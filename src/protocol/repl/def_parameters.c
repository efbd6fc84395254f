#include "repl/def_parameters.h"

#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "repl/script_lines.h"

/* Blanks, line ends and comments. */
static const char *skip_space(const char *p, const char *end)
{
	while (p < end) {
		if (*p == '#')
			while (p < end && *p != '\n' && *p != '\r')
				p++;
		else if (!strchr(" \t\r\n\\", *p))
			break;
		else
			p++;
	}
	return p;
}

/* p: at its first quote. Behind its last one, or the end. */
static const char *skip_string(const char *p, const char *end)
{
	char quote = *p;
	size_t n = end - p > 2 && p[1] == quote && p[2] == quote ? 3 : 1;

	for (p += n; p < end; p++) {
		if (*p == '\\')
			p++;
		else if (*p == quote && (n == 1 || (end - p > 2 && p[1] == quote && p[2] == quote)))
			return p + n;
		if (p >= end)
			break;
	}
	return end;
}

/* An annotation and a default, up to the comma or bracket that ends them. */
static const char *skip_value(const char *p, const char *end, bool *ret_has_default)
{
	unsigned n_brackets = 0, n_lambdas = 0; /* whose own commas come */

	while (p < end && (n_brackets > 0 || n_lambdas > 0 || (*p != ',' && *p != ')'))) {
		if (*p == '\'' || *p == '"') {
			p = skip_string(p, end);
			continue;
		}
		if (*p == '#') {
			p = skip_space(p, end);
			continue;
		}
		if (strchr("([{", *p))
			n_brackets++;
		else if (strchr(")]}", *p))
			n_brackets -= n_brackets > 0;
		else if (n_brackets == 0 && *p == '=')
			*ret_has_default = true;
		else if (n_brackets == 0 && n_lambdas > 0 && *p == ':')
			n_lambdas--;
		else if (n_brackets == 0 && script_word_is(p, end, "lambda") && !script_is_word(p[-1]))
			n_lambdas++;
		p++;
	}
	return p;
}

static int read_parameter(const char **p, const char *end, struct place at, struct first_alloc_target *ret,
			  struct diag *diag)
{
	const char *name = *p;
	bool has_default = false;

	if (*name == '*')
		return diag_at(diag, at, -EINVAL,
			       "%s() has parameters after '*', or takes *args or **kwargs; such a call may allocate by"
			       " itself, so it cannot be wrapped",
			       ret->name);
	while (*p < end && script_is_word(**p))
		(*p)++;
	size_t n = (size_t)(*p - name);
	if (n == 0 || (*name >= '0' && *name <= '9') || n >= FIRST_ALLOC_PARAMETER_BYTES)
		return diag_at(diag, at, -EINVAL, "the parameters of %s() cannot be read", ret->name);
	if (ret->n_parameters == FIRST_ALLOC_PARAMETERS_MAX)
		return diag_at(diag, at, -EINVAL, "%s() has more than %d parameters", ret->name,
			       FIRST_ALLOC_PARAMETERS_MAX);
	if (text_starts(name, n, FIRST_ALLOC_HOOK_NAME))
		return diag_at(diag, at, -EINVAL, "%s() has a parameter with a name of memprof's", ret->name);
	memcpy(ret->parameters[ret->n_parameters++], name, n);
	*p = skip_value(*p, end, &has_default);
	ret->n_required += !has_default;
	return 0;
}

int def_parameters_read(const char *p, const char *end, struct place at, struct first_alloc_target *ret,
			struct diag *diag)
{
	int r = 0;

	ret->n_parameters = ret->n_required = 0;
	memset(ret->parameters, 0, sizeof(ret->parameters));
	p = skip_space(p, end);
	while (p < end && script_is_word(*p))
		p++;
	p = skip_space(p, end);
	if (p == end || *p != '(')
		return diag_at(diag, at, -EINVAL, "the parameters of %s() cannot be read", ret->name);
	for (p = skip_space(p + 1, end); r == 0 && p < end && *p != ')'; p = skip_space(p, end)) {
		r = read_parameter(&p, end, at, ret, diag);
		if (r == 0 && p < end && *p == ',')
			p++;
	}
	if (r == 0 && p == end)
		r = diag_at(diag, at, -EINVAL, "the parameters of %s() do not end", ret->name);
	return r;
}
