/* SPDX-License-Identifier: MIT */
#include "forest/calibrate/platt.h"

#include <string.h>

#include "nn/base/exp.h"

#define ITERATIONS 100
#define HALVINGS   40
#define RIDGE      1e-12 /* keeps the step finite where all rows have one score (Lin, Lin, Weng) */
#define ENOUGH     1e-4  /* of the promised decrease (Armijo's condition, likewise) */
#define SMALL      1e-10 /* derivative a row */

/* The points and the targets. */
struct fit {
    const struct nev_point *point;
    size_t len;
    double high, low; /* targets of positive rows and of the others */
    double rows;
};

/* First and second derivatives. */
struct slope {
    double a, b, aa, ab, bb;
};

/* ln(1 + e^z) */
static double soft(double z)
{
    return z > 0.0 ? z + nev_log(1.0 + nev_exp(-z)) : nev_log(1.0 + nev_exp(z));
}

static double sigmoid(double z)
{
    double e;

    if (z >= 0.0) {
        e = nev_exp(-z);
        return e / (1.0 + e);
    }
    return 1.0 / (1.0 + nev_exp(z));
}

static double loss(const struct fit *f, double a, double b)
{
    double sum = 0.0;
    size_t i;

    for (i = 0; i < f->len; i++) {
        double positive = (double)f->point[i].positive, negative = (double)f->point[i].negative;
        double z = a * nev_score_real(f->point[i].score), s, miss;

        z = z + b;
        s = (positive + negative) * soft(z);
        miss = positive * (1.0 - f->high);
        miss = miss + negative * (1.0 - f->low);
        sum = sum + (s - miss * z);
    }
    return sum;
}

static void derive(const struct fit *f, double a, double b, struct slope *d)
{
    size_t i;

    memset(d, 0, sizeof *d);
    d->aa = d->bb = RIDGE;
    for (i = 0; i < f->len; i++) {
        double positive = (double)f->point[i].positive, negative = (double)f->point[i].negative;
        double s = nev_score_real(f->point[i].score), z = a * s, p, off, bend;

        z = z + b;
        p = sigmoid(z);
        off = positive * (f->high - p);
        off = off + negative * (f->low - p);
        bend = (positive + negative) * (p * (1.0 - p));
        d->a = d->a + s * off;
        d->b = d->b + off;
        d->aa = d->aa + s * s * bend;
        d->ab = d->ab + s * bend;
        d->bb = d->bb + bend;
    }
}

/* One step of Newton's method; false if it does not get any further. */
static int step(const struct fit *f, struct nev_platt *at, double *value)
{
    struct slope d;
    double det, da, db, along, scale = 1.0;
    int i;

    derive(f, at->a, at->b, &d);
    if (d.a < SMALL * f->rows && d.a > -SMALL * f->rows && d.b < SMALL * f->rows && d.b > -SMALL * f->rows) {
        return 0;
    }
    det = d.aa * d.bb - d.ab * d.ab;
    da = -(d.bb * d.a - d.ab * d.b) / det;
    db = -(d.aa * d.b - d.ab * d.a) / det;
    along = d.a * da + d.b * db;
    for (i = 0; i < HALVINGS; i++, scale = scale * 0.5) {
        double a = at->a + scale * da, b = at->b + scale * db, now = loss(f, a, b);

        if (now < *value + ENOUGH * scale * along) {
            at->a = a;
            at->b = b;
            *value = now;
            return 1;
        }
    }
    return 0;
}

enum nev_status nev_platt_fit(const struct nev_point *point, size_t len, struct nev_platt *f,
                              struct nev_error *err)
{
    struct fit fit = {point, len, 0.0, 0.0, 0.0};
    double positive = 0.0, negative = 0.0, value;
    size_t i;

    memset(f, 0, sizeof *f);
    for (i = 0; i < len; i++) {
        positive = positive + (double)point[i].positive;
        negative = negative + (double)point[i].negative;
    }
    if (positive == 0.0 || negative == 0.0) {
        return nev_fail(err, NEV_ERR_DATA, NEV_NO_OFFSET, "calibration",
                        "calibration needs rows of the positive class and of others");
    }
    fit.high = (positive + 1.0) / (positive + 2.0);
    fit.low = 1.0 / (negative + 2.0);
    fit.rows = positive + negative;
    f->b = nev_log((negative + 1.0) / (positive + 1.0));
    value = loss(&fit, f->a, f->b);
    for (i = 0; i < ITERATIONS && step(&fit, f, &value); i++) {
    }
    return NEV_OK;
}

double nev_platt_at(const struct nev_platt *f, uint64_t score)
{
    double z = f->a * nev_score_real(score);

    return sigmoid(z + f->b);
}
