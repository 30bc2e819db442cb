"""No heatmaps in the instances: they cost about 20 s and 14 MB each; the merged result has its own."""


def _skip(*args, **kwargs):
    return None


def install(after_import):
    def dispatch(module):  # imported by name inside result_saving's functions
        module.generate_nlsq_plots = _skip

    def commands(module):
        module.generate_nlsq_plots = _skip
        module._handle_plotting = _skip
        module._generate_cmc_diagnostic_plots = _skip

    after_import("homodyne.cli.plot_dispatch", dispatch)
    after_import("homodyne.cli.commands", commands)
