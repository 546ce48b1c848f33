"""An audited build becomes a version: copied, verified, pointed at; what it changes is planned beforehand."""
