/* How the parts of a column share its rows: first the least of each, the one that needs it most before the others, then
 * what each wants, then what is left over by weight. Pure. */
#pragma once

struct row_share {
	int least, wanted;
	int weight; /* in what is left over; 0: takes none of it */
	int rows;   /* what it has; 0: it is not there */
};

void rows_give_least(struct row_share *part, int *n_left);  /* nothing, if there are not so many */
void rows_give_wanted(struct row_share *part, int *n_left); /* nothing, if it is not there */
void rows_give_rest(struct row_share *const parts[], int n, int *n_left);
