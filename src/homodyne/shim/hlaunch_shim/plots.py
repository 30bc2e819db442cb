"""Which heatmaps an instance draws: they are most of the time of a small fit, and 14 MB.

In a run of its own there are none: the merged result has its own. An analysis that is one of many draws all of them,
the first angle's or none, without the pool that homodyne starts for them: its processes each import JAX again.
"""


def install(after_import, wanted):
    """wanted: false (not even asked for), true (homodyne as it is), or all | first | none."""
    if wanted is True:
        return
    if isinstance(wanted, str):
        heatmaps = Chosen()
        heatmaps.wanted = wanted
        heatmaps.install(after_import)
        return

    def dispatch(module):  # imported by name inside result_saving's functions
        _skip_in(module, "generate_nlsq_plots")

    def commands(module):  # it holds names of its own
        _skip_in(module, "generate_nlsq_plots", "_handle_plotting", "_generate_cmc_diagnostic_plots")

    after_import("homodyne.cli.plot_dispatch", dispatch)
    after_import("homodyne.cli.commands", commands)


def _skip_in(module, *names):
    for name in names:
        getattr(module, name)  # a name that is not there would be skipped by nobody
        setattr(module, name, _skip)


def _skip(*args, **kwargs):
    return None


class Chosen:
    """Asked anew for each analysis: all | first | none."""

    def __init__(self):
        self.wanted = "all"

    def install(self, after_import):
        after_import("homodyne.viz.nlsq_plots", self._take_hold)

    def _take_hold(self, module):
        draw, draw_slowly = module._generate_plots_datashader, module._generate_plots_matplotlib
        generate = module.generate_nlsq_plots

        def chosen(arrays):
            return [a[:1] for a in arrays] if self.wanted == "first" else arrays

        def _generate_plots_datashader(phi_angles, c2_exp, c2_fit, residuals, *args, **kwargs):
            kwargs["parallel"] = False  # one after the other, here
            return draw(*chosen((phi_angles, c2_exp, c2_fit, residuals)), *args, **kwargs)

        # Where preview_mode is off, or datashader is missing.
        def _generate_plots_matplotlib(phi_angles, c2_exp, c2_fit, residuals, *args, **kwargs):
            return draw_slowly(*chosen((phi_angles, c2_exp, c2_fit, residuals)), *args, **kwargs)

        def generate_nlsq_plots(*args, **kwargs):
            return None if self.wanted == "none" else generate(*args, **kwargs)

        module._generate_plots_datashader = _generate_plots_datashader
        module._generate_plots_matplotlib = _generate_plots_matplotlib
        module.generate_nlsq_plots = generate_nlsq_plots
