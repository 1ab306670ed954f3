/* SPDX-License-Identifier: MIT */
#include "bench/svg.h"

#include <math.h>
#include <stdlib.h>

#include "tools/base/report.h"
#include "tools/files/collide.h"
#include "tools/files/files.h"

static void escape(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        default:
            fputc(*text, out);
        }
    }
}

enum nev_exit nev_bench_svg_check(const char *path, const char *input)
{
    const struct nev_collide collide = {{path}, {input}, NULL};
    enum nev_exit code = nev_collide_check(&collide);
    struct nev_writer writer;
    struct nev_error err;

    if (code == NEV_EXIT_OK && path != NULL) {
        code = nev_writer_open(&writer, path, &err) == NEV_OK ? NEV_EXIT_OK : nev_report(path, &err);
        nev_writer_close(&writer);
    }
    return code;
}

enum nev_exit nev_bench_svg_begin(struct nev_bench_svg *svg, double width, double height)
{
    svg->text = NULL;
    svg->bytes = 0;
    svg->out = open_memstream(&svg->text, &svg->bytes);
    if (svg->out == NULL) {
        return nev_report_memory("the picture");
    }
    fprintf(
        svg->out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" "
        "font-family=\"sans-serif\">\n",
        width, height, width, height);
    nev_bench_svg_rect(svg, 0, 0, width, height, "#ffffff");
    return NEV_EXIT_OK;
}

enum nev_exit nev_bench_svg_save(struct nev_bench_svg *svg, const char *path)
{
    enum nev_exit code = NEV_EXIT_OK;
    struct nev_error err;

    fputs("</svg>\n", svg->out);
    if (fclose(svg->out) != 0) {
        code = nev_report_memory("the picture");
    } else if (nev_file_write(path, svg->text, svg->bytes, &err) != NEV_OK) {
        code = nev_report(path, &err);
    }
    free(svg->text); /* open_memstream's own */
    return code;
}

void nev_bench_svg_rect(struct nev_bench_svg *svg, double x, double y, double w, double h, const char *fill)
{
    fprintf(svg->out, "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"%s\"/>\n", x, y, w,
            h, fill);
}

void nev_bench_svg_line(struct nev_bench_svg *svg, double x1, double y1, double x2, double y2,
                        const char *stroke, double width)
{
    fprintf(svg->out,
            "<line x1=\"%.2f\" y1=\"%.2f\" x2=\"%.2f\" y2=\"%.2f\" stroke=\"%s\" stroke-width=\"%.2f\"/>\n",
            x1, y1, x2, y2, stroke, width);
}

void nev_bench_svg_dot(struct nev_bench_svg *svg, double x, double y, double r, const char *fill,
                       const char *title)
{
    fprintf(svg->out,
            "<circle cx=\"%.2f\" cy=\"%.2f\" r=\"%.2f\" fill=\"%s\" stroke=\"#ffffff\" "
            "stroke-width=\"1\"><title>",
            x, y, r, fill);
    escape(svg->out, title);
    fputs("</title></circle>\n", svg->out);
}

void nev_bench_svg_turned(struct nev_bench_svg *svg, double x, double y, double size, double dx, double dy,
                          const char *fill, const char *text)
{
    const double length = hypot(dx, dy);

    fprintf(svg->out,
            "<text transform=\"matrix(%.5f %.5f %.5f %.5f %.2f %.2f)\" font-size=\"%.1f\" "
            "text-anchor=\"middle\" fill=\"%s\">",
            dx / length, dy / length, -dy / length, dx / length, x, y, size, fill);
    escape(svg->out, text);
    fputs("</text>\n", svg->out);
}

void nev_bench_svg_text(struct nev_bench_svg *svg, double x, double y, double size,
                        enum nev_bench_anchor anchor, const char *fill, const char *text)
{
    static const char *const anchors[] = {"start", "middle", "end"};

    fprintf(svg->out, "<text x=\"%.2f\" y=\"%.2f\" font-size=\"%.1f\" text-anchor=\"%s\" fill=\"%s\">", x, y,
            size, anchors[anchor], fill);
    escape(svg->out, text);
    fputs("</text>\n", svg->out);
}
